// What a client does to the life of its process.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { credentials, sent, serve, signalled } from './server.mjs'

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs a CommonJS program that has a `client`, and gives what it printed. */
function run(body, baseUrl) {
  const options = JSON.stringify({ ...credentials, baseUrl })
  const program = `const { Client } = require(${JSON.stringify(packageDirectory)})
    const client = new Client(${options})
    ${body}`
  return node(['--eval', program])
}

function node(parameters) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, parameters, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`, { cause: error }))
      else resolve(stdout)
    })
  })
}

test('an idle client does not keep the process alive', async (t) => {
  const { baseUrl } = await serve(t)
  assert.equal(await run('console.log("made")', baseUrl), 'made\n')
  assert.equal(await run('client.broadcast("r", "hi").then(() => console.log("sent"))', baseUrl), 'sent\n')
})

test('sends in flight do, until the last has ended', async (t) => {
  const { baseUrl } = await serve(t, (response, n) => {
    // One after another, each when the one before has long been told.
    setTimeout(sent, n * 30, response)
  })
  const program = `let left = 5
    for (let i = 0; i < 5; i += 1) client.broadcast('r', 'hi').then(() => console.log(--left))`
  assert.equal(await run(program, baseUrl), '4\n3\n2\n1\n0\n')
})

test('a client that nobody holds ends its sends', async (t) => {
  const { baseUrl } = await serve(t, (response) => setTimeout(sent, 100, response))
  const program = `require('node:v8').setFlagsFromString('--expose-gc')
    const gc = require('node:vm').runInNewContext('gc')
    const send = () => new Client(${JSON.stringify({ ...credentials, baseUrl })}).broadcast('r', 'hi')
    send().then(({ message }) => console.log(message))
    gc()
    setTimeout(gc, 20)`
  assert.equal(await run(program, baseUrl), 'message sent\n')
})

test('process.exit with sends in flight', async (t) => {
  const arrived = signalled()
  const { baseUrl } = await serve(t, () => arrived.resolve())
  const program = `for (let i = 0; i < 20; i += 1) client.broadcast('r', 'hi')
    process.stdin.once('data', () => process.exit(0))`
  const ended = new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--eval', `const client = new (require(${JSON.stringify(packageDirectory)}).Client)(${JSON.stringify({ ...credentials, baseUrl })});${program}`],
      { timeout: 30_000 },
      (error) => (error ? reject(error) : resolve())
    )
    arrived.promise.then(() => child.stdin.write('now\n'))
  })
  await ended
})

test('a worker thread that is terminated in the middle of sends', async (t) => {
  const { baseUrl } = await serve(t, (response) => setTimeout(sent, 5, response))
  const program = `const { Worker } = require('node:worker_threads')
    const code = ${JSON.stringify(`
      const { parentPort, workerData } = require('node:worker_threads')
      const { Client } = require(workerData.packageDirectory)
      const client = new Client(workerData.options)
      const again = () => client.broadcast('r', 'hi').then(again)
      for (let i = 0; i < 16; i += 1) again()
      client.broadcast('r', 'hi').then(() => parentPort.postMessage('going'))`)}
    const workerData = { packageDirectory: ${JSON.stringify(packageDirectory)}, options: ${JSON.stringify({ ...credentials, baseUrl })} }
    const round = () => new Promise((resolve, reject) => {
      const worker = new Worker(code, { eval: true, workerData })
      worker.on('error', reject).on('exit', resolve).on('message', () => worker.terminate())
    })
    ;(async () => {
      for (let i = 0; i < 5; i += 1) await Promise.all([round(), round()])
      console.log((await client.broadcast('r', 'still here')).message)
    })()`
  assert.equal(await run(program, baseUrl), 'message sent\n')
})
