// How a client affects the lifetime of its process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { respondSent, serve, deferred } from './server.mjs'
import { runWithClient } from './tools.mjs'

test('an idle client does not keep the process alive', async (t) => {
  const { baseUrl } = await serve(t)
  assert.equal(await runWithClient('console.log("created")', baseUrl), 'created\n')
  const program = 'client.broadcast("r", "hi").then(() => console.log("sent"))'
  assert.equal(await runWithClient(program, baseUrl), 'sent\n')
})

test('sends in flight keep the process alive until the last has completed', async (t) => {
  const { baseUrl } = await serve(t, (response, n) => {
    // One after another, each long after the one before.
    setTimeout(respondSent, n * 30, response)
  })
  const program = `let left = 5
    for (let i = 0; i < 5; i += 1) client.broadcast('r', 'hi').then(() => console.log(--left))`
  assert.equal(await runWithClient(program, baseUrl), '4\n3\n2\n1\n0\n')
})

test('queued sends, and sends of a closed client, keep the process alive', async (t) => {
  const { baseUrl, requests } = await serve(t, (response) => setTimeout(respondSent, 5, response))
  const program = `const narrow = new Client({ ...options, maxInFlight: 1 })
    for (let i = 0; i < 10; i += 1) narrow.broadcast('r', 'hi')
    narrow.close()`
  await runWithClient(program, baseUrl)
  assert.equal(requests.length, 10)
})

test('AbortSignal.timeout cancels a send in flight, which then does not keep the process alive', async (t) => {
  const { baseUrl } = await serve(t, () => {})
  const program = `const signal = AbortSignal.timeout(50)
    client.broadcast('r', 'hi', { signal }).catch((error) => console.log(error.kind, error.cause.name))`
  assert.equal(await runWithClient(program, baseUrl), 'cancelled TimeoutError\n')
})

test('a client without references completes its sends', async (t) => {
  const { baseUrl } = await serve(t, (response) => setTimeout(respondSent, 100, response))
  const program = `require('node:v8').setFlagsFromString('--expose-gc')
    const gc = require('node:vm').runInNewContext('gc')
    const send = () => new Client(options).broadcast('r', 'hi')
    send().then(({ message }) => console.log(message))
    gc()
    setTimeout(gc, 20)`
  assert.equal(await runWithClient(program, baseUrl), 'message sent\n')
})

/** Ways in which a process may end while sends are queued, in flight or completing. */
const exits = [
  ['process.exit', 'process.exit(0)', 0],
  ['process.exit at exit', 'process.on("exit", () => process.exit(3)); process.exit(0)', 3],
  ['an uncaught exception', 'setImmediate(() => { throw new Error("on purpose") })', 1],
  ['an unhandled rejection', 'Promise.reject(new Error("on purpose"))', 1],
  ['SIGTERM', 'process.kill(process.pid, "SIGTERM")', 'SIGTERM']
]

for (const [name, code, exit] of exits) {
  test(`${name} while sends are in flight neither crashes nor hangs`, async (t) => {
    const silent = (response) => response.req.url.includes('silent')
    const { baseUrl } = await serve(t, (response, n) => silent(response) || setTimeout(respondSent, n % 7, response))
    const program = `const endProcess = () => {
        ${code}
      }
      const again = () => client.broadcast('r', 'hi', { signal: new AbortController().signal }).then(again)
      for (let i = 0; i < 30; i += 1) again()
      for (let i = 0; i < 10; i += 1) client.broadcast('silent', 'hi')
      let seen = 0
      const count = () => client.sendToPeer('r', 'p', 'hi').then(() => (++seen === Number(process.env.AFTER) ? endProcess() : count()))
      for (let i = 0; i < 8; i += 1) count()`
    for (let round = 0; round < 6; round += 1) {
      const once = (after) => runWithClient(program, baseUrl, { exit, env: { AFTER: after } })
      await Promise.all([once(1 + round), once(10 + round)])
    }
  })
}

test('process.exit before any response', async (t) => {
  const arrived = deferred()
  const { baseUrl } = await serve(t, () => arrived.resolve())
  const program = `for (let i = 0; i < 20; i += 1) client.broadcast('r', 'hi')
    process.stdin.once('data', () => process.exit(0))`
  const onStart = (child) => arrived.promise.then(() => child.stdin.end('now\n'))
  await runWithClient(program, baseUrl, { onStart })
})
