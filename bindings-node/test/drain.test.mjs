// Closing a client cleanly: nothing is lost in silence, every call is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deferred, respondSent, serve } from './server.mjs'
import { runWithClient } from './tools.mjs'

const settled = async (promises) => (await Promise.allSettled(promises)).map(({ value, reason }) => value?.message ?? `${reason.kind} ${reason.outcome}`)
const count = (results) => results.reduce((counts, result) => ({ ...counts, [result]: (counts[result] ?? 0) + 1 }), {})

test('what is in flight and what is queued is sent, and no more', async (t) => {
  const gate = deferred()
  const { requests, createClient } = await serve(t, (response) => gate.promise.then(() => respondSent(response)))
  const client = createClient({ maxInFlight: 2 })
  const sends = Array.from({ length: 20 }, (_, n) => client.broadcast('r', `m${n}`))
  const draining = client.drain()
  const late = await client.broadcast('r', 'late').catch((error) => error)
  assert.deepEqual([late.kind, late.outcome, late.attempts], ['configuration', 'not_sent', 0])
  gate.resolve()
  let seen = 0
  for (const send of sends) send.then(() => (seen += 1))
  assert.equal(await draining, true)
  // The continuations of the sends run before those of the drain.
  assert.equal(seen, 20)
  assert.deepEqual(new Set(requests.map(({ body }) => body.message)).size, 20)
  assert.equal(await client.drain(), true, 'a second time, nothing is left')
})

test('what is left at the end is told, with the truth', async (t) => {
  const two = deferred()
  const { requests, createClient } = await serve(t, (_, n) => n === 2 && two.resolve())
  const client = createClient({ maxInFlight: 2 })
  const results = settled(Array.from({ length: 10 }, () => client.broadcast('r', 'hi')))
  await two.promise
  assert.equal(await client.drain({ timeoutMs: 50 }), false)
  assert.deepEqual(count(await results), { 'cancelled unknown': 2, 'cancelled not_sent': 8 })
  assert.equal(requests.length, 2)
})

test('faults while it drains: every call is told, and what the server may have delivered is not not_sent', async (t) => {
  const [saw, accepted] = [new Set(), new Set()]
  const { createClient } = await serve(t, (response, n) => {
    const { message } = response.req.body
    // A 429 delivers nothing.
    if (n % 6 !== 3) saw.add(message)
    if (n % 6 === 0) accepted.add(message)
    const respond = [
      () => respondSent(response),
      () => response.destroy(),
      () => response.writeHead(500).end(),
      () => response.writeHead(429, { 'retry-after': '0' }).end(),
      () => response.socket.end('HTTP/1.1 nonsense\r\n\r\n'),
      () => {}
    ][n % 6]
    setTimeout(respond, n % 4)
  })
  const client = createClient({ maxInFlight: 4 })
  const several = client.sendToPeers('r', ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'], 'several')
  const items = Array.from({ length: 30 }, (_, n) => ({ roomId: 'r', message: `item${n}` }))
  const many = (async () => {
    const results = []
    for await (const { item, result, error } of client.sendMany(items)) results.push([item.message, result ?? error])
    return results
  })()
  const sends = Array.from({ length: 40 }, (_, n) => client.broadcast('r', `m${n}`).catch((error) => error))
  assert.equal(typeof (await client.drain({ timeoutMs: 400 })), 'boolean')
  const told = (await Promise.all(sends)).map((result, n) => [`m${n}`, result]).concat(await many)
  assert.equal(told.length, 70)
  for (const [message, result] of told) {
    if (result.outcome === undefined) assert.ok(accepted.has(message))
    if (result.outcome === 'not_sent') assert.ok(!saw.has(message), `${message}: ${result.message}`)
  }
  const entries = await several.catch((error) => error)
  if (Array.isArray(entries)) assert.equal(entries.length, 6)
  else assert.equal(entries.kind, 'cancelled')
  const { inFlight, queued, queuedBytes } = client.stats()
  assert.deepEqual([inFlight, queued, queuedBytes], [0, 0, 0])
})

test('await using drains, within the client’s timeout', async (t) => {
  const arrived = deferred()
  const { createClient } = await serve(t, () => arrived.resolve())
  const client = createClient({ timeoutMs: 100 })
  // Longer than the client's.
  const send = settled([client.broadcast('r', 'hi', { timeoutMs: 200_000 })])
  await arrived.promise
  await client[Symbol.asyncDispose]()
  assert.deepEqual(await send, ['cancelled unknown'])
})

test('wrong options, which close nothing', async (t) => {
  const { createClient } = await serve(t)
  const client = createClient()
  const text = (options, ...extra) => client.drain(options, ...extra).then(assert.fail, ({ kind, outcome, message }) => `${kind} ${outcome} ${message}`)
  for (const [options, says] of [
    [{ timeout: 5 }, /did you mean timeoutMs\?/],
    [{ timeoutMs: null }, /timeoutMs is null; it takes a number/],
    [{ timeoutMs: -1 }, /timeoutMs is out of range: it is 0 to an hour/],
    [{ timeoutMs: NaN }, /timeoutMs is out of range/],
    [{ timeoutMs: 3_600_001 }, /timeoutMs is out of range/],
    [null, /options is null; it takes an object/]
  ]) {
    const shown = await text(options)
    assert.match(shown, says)
    assert.match(shown, /^invalid_request not_sent/)
  }
  assert.match(await text(undefined, 5), /argument 2/)
  assert.equal((await client.broadcast('r', 'hi')).message, 'message sent')
  assert.equal(await client.drain({ timeoutMs: undefined }), true)
  assert.equal(await createClient().drain({ timeoutMs: 0 }), true)
})

test('SIGTERM: the recipe of docs/draining.md loses nothing', async (t) => {
  const arrived = deferred()
  const { requests, baseUrl } = await serve(t, (response, n) => {
    if (n === 3) arrived.resolve()
    setTimeout(respondSent, 20, response)
  })
  const program = `const narrow = new Client({ ...options, maxInFlight: 3 })
    let accepted = 0
    const keepAlive = setInterval(() => {}, 1000)
    process.once('SIGTERM', async () => {
      const haveAllEnded = await narrow.drain({ timeoutMs: 100_000 })
      console.log(haveAllEnded, accepted)
      process.exit(0)
    })
    for (let i = 0; i < 30; i += 1) narrow.broadcast('r', 'm' + i).then(() => (accepted += 1))`
  const printed = await runWithClient(program, baseUrl, { onStart: (child) => arrived.promise.then(() => child.kill('SIGTERM')) })
  assert.equal(printed, 'true 30\n')
  assert.equal(requests.length, 30)
})

test('a drain keeps the process alive until it ends', async (t) => {
  const { baseUrl } = await serve(t, (response) => setTimeout(respondSent, 50, response))
  const program = `client.broadcast('r', 'hi').catch(() => {})
    client.drain().then((all) => console.log(all))`
  assert.equal(await runWithClient(program, baseUrl), 'true\n')
})

test('stats count what was sent, queried, retried, and what failed, by kind', async (t) => {
  const { createClient } = await serve(t, (response, n) => {
    const [, room] = /active-rooms\/(\w+)/.exec(response.req.url)
    if (room === 'gone') response.writeHead(404).end()
    else if (room === 'slow' && n === 1) response.writeHead(429, { 'retry-after': '0' }).end()
    else if (response.req.method === 'GET') response.end('{"count":0,"limit":100,"peers":{}}')
    else respondSent(response)
  })
  const client = createClient()
  const kinds = [
    'invalid_request', 'configuration', 'unauthenticated', 'permission_denied', 'not_found', 'rate_limited', 'rejected', 'server',
    'connection', 'timeout', 'protocol', 'cancelled', 'queue_full', 'internal'
  ]
  const failed = Object.fromEntries(kinds.map((kind) => [kind, 0]))
  const zero = { inFlight: 0, queued: 0, queuedBytes: 0, idleConnections: 0, busyConnections: 0, sent: 0, queried: 0, retried: 0, failed }
  assert.deepEqual({ ...client.stats() }, zero)
  await client.broadcast('slow', 'hi')
  await client.sendToPeers('r', ['p1', 'p2'], 'hi')
  await client.broadcast('gone', 'hi').catch(() => {})
  await client.broadcast('r', ' ').catch(() => {})
  await client.listPeers('r')
  const { sent, queried, retried, failed: counts, idleConnections } = client.stats()
  assert.deepEqual([sent, queried, retried], [3, 1, 1])
  assert.deepEqual(counts, { ...failed, not_found: 1, invalid_request: 1 })
  assert.ok(idleConnections >= 1)
  assert.equal(await new Proxy(client, {}).drain(), true)
  assert.equal(new Proxy(client, {}).stats().sent, 3)
})

test('stats of what is in flight and queued', async (t) => {
  const two = deferred()
  const gate = deferred()
  const { createClient } = await serve(t, (response, n) => {
    if (n === 2) two.resolve()
    gate.promise.then(() => respondSent(response))
  })
  const client = createClient({ maxInFlight: 2 })
  const sends = Array.from({ length: 5 }, () => client.broadcast('r', 'hi'))
  await two.promise
  const { inFlight, queued, queuedBytes, busyConnections } = client.stats()
  assert.deepEqual([inFlight, queued, busyConnections], [2, 3, 2])
  assert.ok(queuedBytes > 0)
  gate.resolve()
  await Promise.all(sends)
})
