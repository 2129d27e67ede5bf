// Child processes that Node starts while sends are in flight: child_process.fork and cluster.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { longTimeout, respondSent, serve } from './server.mjs'
import { emptyDirectory, node, packageDirectory } from './tools.mjs'

const respondSoon = (response, n) => setTimeout(respondSent, n % 5, response)

/** Runs a program from a file, so that it can fork itself. */
async function runFile(t, program) {
  const { baseUrl, requests } = await serve(t, respondSoon)
  const file = join(emptyDirectory(t), 'program.cjs')
  const head = `const { Client } = require(${JSON.stringify(packageDirectory)})
    const client = new Client(${JSON.stringify({ ...longTimeout, baseUrl })})
    const sendMany = () => Promise.all(Array.from({ length: 50 }, () => client.broadcast('r', 'hi')))`
  writeFileSync(file, `${head}\n${program}`)
  return { printed: await node([file]), requests }
}

test('child_process.fork while sends are in flight', async (t) => {
  const program = `
    const { fork } = require('node:child_process')
    const { once } = require('node:events')
    const parent = async () => {
      for (let round = 0; round < 5; round += 1) {
        const sending = sendMany()
        const children = [0, 1].map(() => fork(__filename, ['child']))
        const messages = children.map(async (child) => (await once(child, 'message'))[0])
        const codes = children.map(async (child) => (await once(child, 'exit'))[0])
        await sending
        console.log(await Promise.all(messages), await Promise.all(codes))
      }
    }
    // After it disconnects from its parent, only the client could keep it alive.
    const child = async () => {
      const { length } = await sendMany()
      process.send(length, () => process.disconnect())
    }
    process.argv[2] === 'child' ? child() : parent()`
  const { printed, requests } = await runFile(t, program)
  assert.equal(printed, '[ 50, 50 ] [ 0, 0 ]\n'.repeat(5))
  assert.equal(requests.length, 5 * 3 * 50)
})

test('cluster: workers send, and may be killed while sends are in flight', async (t) => {
  const program = `
    const cluster = require('node:cluster')
    const { once } = require('node:events')
    const primary = async () => {
      const sending = sendMany()
      for (let round = 0; round < 3; round += 1) {
        const [disconnected, killed] = [cluster.fork(), cluster.fork()]
        const exits = [disconnected, killed].map((worker) => once(worker, 'exit'))
        await Promise.all([once(disconnected, 'message'), once(killed, 'message')])
        disconnected.disconnect()
        killed.process.kill('SIGTERM')
        const [[code], [, signal]] = await Promise.all(exits)
        console.log(code, signal)
      }
      console.log((await sending).length)
    }
    const worker = () => {
      // Sends until it is disconnected.
      const again = () => client.broadcast('r', 'hi').then(() => cluster.worker.isConnected() && again())
      for (let i = 0; i < 16; i += 1) again()
      sendMany().then(() => process.send('going'))
    }
    cluster.isPrimary ? primary() : worker()`
  const { printed } = await runFile(t, program)
  assert.equal(printed, '0 SIGTERM\n'.repeat(3) + '50\n')
})
