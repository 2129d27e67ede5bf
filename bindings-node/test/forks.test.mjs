// Processes that Node starts in the middle of sends: child_process.fork and cluster.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { patient, sent, serve } from './server.mjs'
import { emptyDirectory, node, packageDirectory } from './tools.mjs'

const answerSoon = (response, n) => setTimeout(sent, n % 5, response)

/** Runs a program from a file, so that it can fork itself. */
async function runFile(t, program) {
  const { baseUrl, requests } = await serve(t, answerSoon)
  const file = join(emptyDirectory(t), 'program.cjs')
  const head = `const { Client } = require(${JSON.stringify(packageDirectory)})
    const client = new Client(${JSON.stringify({ ...patient, baseUrl })})
    const sendMany = () => Promise.all(Array.from({ length: 50 }, () => client.broadcast('r', 'hi')))`
  writeFileSync(file, `${head}\n${program}`)
  return { printed: await node([file]), requests }
}

test('child_process.fork in the middle of sends', async (t) => {
  const program = `
    const { fork } = require('node:child_process')
    const { once } = require('node:events')
    const parent = async () => {
      for (let round = 0; round < 5; round += 1) {
        const sending = sendMany()
        const children = [0, 1].map(() => fork(__filename, ['child']))
        const told = children.map(async (child) => (await once(child, 'message'))[0])
        const codes = children.map(async (child) => (await once(child, 'exit'))[0])
        await sending
        console.log(await Promise.all(told), await Promise.all(codes))
      }
    }
    // Connected to its parent, it ends only because it disconnects: the client keeps nothing alive.
    const child = async () => {
      const { length } = await sendMany()
      process.send(length, () => process.disconnect())
    }
    process.argv[2] === 'child' ? child() : parent()`
  const { printed, requests } = await runFile(t, program)
  assert.equal(printed, '[ 50, 50 ] [ 0, 0 ]\n'.repeat(5))
  assert.equal(requests.length, 5 * 3 * 50)
})

test('cluster: each worker sends, and may be ended in the middle of it', async (t) => {
  const program = `
    const cluster = require('node:cluster')
    const { once } = require('node:events')
    const primary = async () => {
      const sending = sendMany()
      for (let round = 0; round < 3; round += 1) {
        const [kind, killed] = [cluster.fork(), cluster.fork()]
        const ends = [kind, killed].map((worker) => once(worker, 'exit'))
        await Promise.all([once(kind, 'message'), once(killed, 'message')])
        kind.disconnect()
        killed.process.kill('SIGTERM')
        const [[code], [, signal]] = await Promise.all(ends)
        console.log(code, signal)
      }
      console.log((await sending).length)
    }
    const worker = () => {
      // Sends until it is told to stop.
      const again = () => client.broadcast('r', 'hi').then(() => cluster.worker.isConnected() && again())
      for (let i = 0; i < 16; i += 1) again()
      sendMany().then(() => process.send('going'))
    }
    cluster.isPrimary ? primary() : worker()`
  const { printed } = await runFile(t, program)
  assert.equal(printed, '0 SIGTERM\n'.repeat(3) + '50\n')
})
