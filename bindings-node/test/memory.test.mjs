// Sends, errors, aborts and clients leak no memory: after a first half of many, a second half must not grow the process.
// Measured in a child process, against a minimal server.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { packageDirectory, runWithClient } from './tools.mjs'

/** A leak of half a KiB for each of 50,000 sends would be 25. V8's young generation grows in steps of 8. */
const RSS_MIB = 20
/** Nearly exact, since measured after a collection: a leak of 100 bytes for each of 50,000 sends would be 5. */
const HEAP_MIB = 2

/** Responds to each chunk, since roomcast writes a request in one write: 404 or nothing if the URL says so, else 200. */
async function serveQuickly(t) {
  const response = (line, body) => `HTTP/1.1 ${line}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const sent = response('200 OK', '{"message":"message sent"}')
  const missing = response('404 Not Found', '{"code":404,"message":"no such room","details":["a","b"]}')
  const sockets = new Set()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.setEncoding('latin1').on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.on('data', (request) => {
      if (request.includes('/missing/')) socket.write(missing)
      else if (!request.includes('/silent/')) socket.write(sent)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${server.address().port}/v2`
}

/** Runs the code `each` so many times, 64 at once. Returns by how many MiB each half grew. */
async function growth(t, times, each) {
  const program = `
    require('node:v8').setFlagsFromString('--expose-gc')
    const gc = require('node:vm').runInNewContext('gc')
    const each = async () => { ${each} }
    const many = async (times) => {
      let left = times
      await Promise.all(Array.from({ length: 64 }, async () => { while (left-- > 0) await each() }))
    }
    const memory = async () => {
      for (let i = 0; i < 3; i += 1) { gc(); await new Promise(setImmediate) }
      const { heapUsed, rss } = process.memoryUsage()
      return { heapUsed, rss }
    }
    const main = async () => {
      // Warms up caches and pools.
      await many(${times / 5})
      const samples = [await memory()]
      for (let half = 0; half < 2; half += 1) {
        await many(${times / 2})
        samples.push(await memory())
      }
      console.log(JSON.stringify(samples))
    }
    main()`
  // Otherwise glibc has an arena for each of many threads, which take long to fill.
  const env = { MALLOC_ARENA_MAX: '2' }
  const samples = JSON.parse(await runWithClient(program, await serveQuickly(t), { env }))
  const grown = (half, name) => (samples[half + 1][name] - samples[half][name]) / 2 ** 20
  return { heap: [grown(0, 'heapUsed'), grown(1, 'heapUsed')], rss: [grown(0, 'rss'), grown(1, 'rss')] }
}

function assertFlat(t, { heap, rss }) {
  const shown = (halves) => halves.map((mib) => mib.toFixed(1)).join(', then ')
  const text = `grown by: heap ${shown(heap)} MiB; RSS ${shown(rss)} MiB`
  t.diagnostic(text)
  assert.ok(heap[1] < HEAP_MIB && rss[1] < RSS_MIB, text)
}

test('100,000 sends', async (t) => {
  assertFlat(t, await growth(t, 100_000, `await client.sendToPeer('r', 'p', 'hi', { type: 'chat' })`))
})

test('100,000 sends of an object, of an event, and of an object that is refused', async (t) => {
  const each = `
    const { event } = require(${JSON.stringify(packageDirectory)})
    await client.sendToPeer('r', 'p', { cards: ['A♠', 'K♠'], bet: 20 })
    await client.broadcast('r', event('deal', { cards: ['A♠'] }))
    await client.broadcast('r', { bet: NaN }).catch(() => {})`
  assertFlat(t, await growth(t, 100_000, each))
})

test('100,000 messages of which each call sends a hundred', async (t) => {
  const each = `
    const items = Array.from({ length: 100 }, (_, i) => ({ roomId: i % 10 ? 'r' : 'missing', message: i % 7 ? 'hi' : '' }))
    for await (const { item } of client.sendMany(items, { signal: (globalThis.controller ??= new AbortController()).signal })) void item
    for await (const { item } of client.sendMany(items)) break`
  assertFlat(t, await growth(t, 1_000, each))
})

test('200,000 messages of one call, from a generator', async (t) => {
  const program = `
    const items = function* () { for (let i = 0; i < 200_000; i++) yield { roomId: 'r', peerId: 'p', message: 'your cards ' + i } }
    const main = async () => {
      await client.broadcast('r', 'hi')
      const idle = process.memoryUsage.rss()
      let accepted = 0
      for await (const { result } of client.sendMany(items())) accepted += result ? 1 : 0
      console.log(JSON.stringify([accepted, process.resourceUsage().maxRSS * 1024 - idle]))
    }
    main()`
  const [accepted, grown] = JSON.parse(await runWithClient(program, await serveQuickly(t)))
  t.diagnostic(`grown by ${(grown / 2 ** 20).toFixed(1)} MiB`)
  assert.equal(accepted, 200_000)
  assert.ok(grown < 64 * 2 ** 20)
})

test('50,000 sends on one signal that outlives them', async (t) => {
  const each = `globalThis.controller ??= new AbortController(); await client.broadcast('r', 'hi', { signal: controller.signal })`
  assertFlat(t, await growth(t, 50_000, each))
})

test('50,000 error responses, and 50,000 invalid requests', async (t) => {
  const each = `await client.broadcast('missing', 'hi').catch(() => {}); await client.broadcast('', 'hi').catch(() => {})`
  assertFlat(t, await growth(t, 50_000, each))
})

test('30,000 sends that are aborted', async (t) => {
  const each = `const controller = new AbortController()
    const sending = client.broadcast('silent', 'hi', { signal: controller.signal }).catch(() => {})
    setImmediate(() => setImmediate(() => controller.abort()))
    await sending`
  assertFlat(t, await growth(t, 30_000, each))
})

test('5,000 clients, each closed after a send; 5,000 that are not closed', async (t) => {
  const each = `const closed = new Client(options)
    await closed.broadcast('r', 'hi')
    closed.close()
    new Client(options)`
  assertFlat(t, await growth(t, 5_000, each))
})
