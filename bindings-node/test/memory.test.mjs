// Sends, failures, aborts and clients leave nothing behind: many of each, and the second half may take no more memory
// than the first. Measured in a process of its own, against a server that does little but answer.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { runWithClient } from './tools.mjs'

/** Of 50,000 sends half a KiB each would be 25. V8's young generation grows in steps of 8. */
const RSS_MIB = 20
/** Measured after a collection, so nearly exact: of 50,000 sends 100 bytes each would be 5. */
const HEAP_MIB = 2

/** Answers whatever comes in one piece, as roomcast writes it: with 404 where the URL says so, else with 200. */
async function serveQuickly(t) {
  const answer = (line, body) => `HTTP/1.1 ${line}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const sent = answer('200 OK', '{"message":"message sent"}')
  const missing = answer('404 Not Found', '{"code":404,"message":"no such room","details":["a","b"]}')
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

/** Does `each`, which may say `await`, so many times, 64 at once; gives by how much each half grew in bytes. */
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
      // Fills caches and pools.
      await many(${times / 5})
      const samples = [await memory()]
      for (let half = 0; half < 2; half += 1) {
        await many(${times / 2})
        samples.push(await memory())
      }
      console.log(JSON.stringify(samples))
    }
    main()`
  // Or glibc keeps pools for each of many threads, which take long to fill.
  const env = { MALLOC_ARENA_MAX: '2' }
  const samples = JSON.parse(await runWithClient(program, await serveQuickly(t), { env }))
  const grown = (half, name) => (samples[half + 1][name] - samples[half][name]) / 2 ** 20
  return { heap: [grown(0, 'heapUsed'), grown(1, 'heapUsed')], rss: [grown(0, 'rss'), grown(1, 'rss')] }
}

function flat(t, { heap, rss }) {
  const shown = (halves) => halves.map((mib) => mib.toFixed(1)).join(', then ')
  const text = `grown by: heap ${shown(heap)} MiB; RSS ${shown(rss)} MiB`
  t.diagnostic(text)
  assert.ok(heap[1] < HEAP_MIB && rss[1] < RSS_MIB, text)
}

test('100,000 sends', async (t) => {
  flat(t, await growth(t, 100_000, `await client.sendToPeer('r', 'p', 'hi', { type: 'chat' })`))
})

test('50,000 sends on one signal that outlives them', async (t) => {
  const each = `globalThis.controller ??= new AbortController(); await client.broadcast('r', 'hi', { signal: controller.signal })`
  flat(t, await growth(t, 50_000, each))
})

test('50,000 answers of no, and 50,000 refusals', async (t) => {
  const each = `await client.broadcast('missing', 'hi').catch(() => {}); await client.broadcast('', 'hi').catch(() => {})`
  flat(t, await growth(t, 50_000, each))
})

test('30,000 sends that are aborted', async (t) => {
  const each = `const controller = new AbortController()
    const sending = client.broadcast('silent', 'hi', { signal: controller.signal }).catch(() => {})
    setImmediate(() => setImmediate(() => controller.abort()))
    await sending`
  flat(t, await growth(t, 30_000, each))
})

test('5,000 clients, each closed after a send; 5,000 that nobody closes', async (t) => {
  const each = `const closed = new Client(options)
    await closed.broadcast('r', 'hi')
    closed.close()
    new Client(options)`
  flat(t, await growth(t, 5_000, each))
})
