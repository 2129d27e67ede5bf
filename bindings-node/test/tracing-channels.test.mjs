// The tracing channels roomcast:send and roomcast:query, and the lines of NODE_DEBUG=roomcast.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { deferred, respondSent, serve } from './server.mjs'
import { runWithClient } from './tools.mjs'

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']

/** Subscribes to both channels for a test. Returns the events, as `[event, context]`. */
function listen(t, onEvent = () => {}) {
  const events = []
  for (const name of ['roomcast:send', 'roomcast:query']) {
    const handlers = Object.fromEntries(EVENTS.map((event) => [event, (context) => {
      events.push([event, context])
      onEvent(event, context)
    }]))
    tracingChannel(name).subscribe(handlers)
    t.after(() => tracingChannel(name).unsubscribe(handlers))
  }
  return events
}

const names = (events) => events.map(([event]) => event)
const respondPeers = (response, peers = {}) => response.end(JSON.stringify({ count: Object.keys(peers).length, limit: 100, peers }))

test('a send with a retry: the events, and a trace with both attempts', async (t) => {
  const { createClient, baseUrl } = await serve(t, (response, n) => (n === 1 ? response.writeHead(429, { 'retry-after': '0' }).end() : respondSent(response)))
  const seenAtStart = []
  const events = listen(t, (event, context) => event === 'start' && seenAtStart.push({ ...context }))
  const before = Date.now()
  const sending = createClient().sendToPeer('r', 'the-peer', 'the text')
  assert.deepEqual(names(events), ['start', 'end'])
  const result = await sending
  assert.deepEqual(names(events), ['start', 'end', 'asyncStart', 'asyncEnd'])
  assert.equal(new Set(events.map(([, context]) => context)).size, 1)
  assert.deepEqual(seenAtStart, [{ method: 'sendToPeer', roomId: 'r', recipient: 'peer' }])
  const [[, { trace, result: told, ...context }]] = events
  assert.equal(told, result)
  assert.deepEqual(context, { method: 'sendToPeer', roomId: 'r', recipient: 'peer' })
  const { attempts, startedAtMs, elapsedMs, ...what } = trace
  const { hostname, port } = new URL(baseUrl)
  assert.deepEqual(what, {
    method: 'sendMessage', roomId: 'r', recipient: 'peer', httpMethod: 'POST', path: '/v2/active-rooms/r/send-message',
    serverAddress: hostname, serverPort: Number(port)
  })
  assert.ok(startedAtMs >= before && startedAtMs + elapsedMs <= Date.now() + 1)
  const [first, second] = attempts
  assert.equal(attempts.length, 2)
  assert.deepEqual([first.status, first.error], [429, { kind: 'rate_limited', outcome: 'rejected' }])
  assert.deepEqual([second.status, second.error, second.connection, second.retryWaitMs], [200, undefined, undefined, undefined])
  assert.deepEqual(Object.keys(first.connection), ['dnsMs', 'tcpMs'])
  for (const { startedMs, elapsedMs: took, writeMs, waitMs, requestBytes, responseBytes } of attempts) {
    assert.ok(startedMs >= 0 && writeMs >= 0 && waitMs > 0 && writeMs + waitMs <= took && startedMs + took <= elapsedMs + 1)
    assert.ok(requestBytes > 100 && responseBytes > 20)
  }
  assert.ok(second.startedMs >= first.startedMs + first.elapsedMs + first.retryWaitMs)
})

test('an error: the call’s own, and a trace', async (t) => {
  const { createClient } = await serve(t, (response) => response.writeHead(404).end('{"message":"no such peer"}'))
  const events = listen(t)
  const error = await createClient().sendMessage('r', 'hi', { role: 'host' }).catch((e) => e)
  assert.deepEqual(names(events), ['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
  const [[, context]] = events
  assert.equal(context.error, error)
  assert.ok(error.stack.includes('tracing-channels.test.mjs'))
  assert.deepEqual(context.trace.error, { kind: 'not_found', outcome: 'rejected' })
  assert.deepEqual([context.recipient, context.trace.recipient], ['role', 'role'])
  assert.ok(!('result' in context))
})

test('a call that does not begin has an end, too, and no trace', async (t) => {
  const { createClient, requests } = await serve(t)
  const client = createClient()
  const events = listen(t)
  for (const send of [
    () => client.broadcast('r', ' '),
    () => client.sendMessage('r', 'hi', { peerid: 'p' }),
    () => client.sendMessage('r', 'hi', {}, 'extra'),
    () => client.sendToPeer('the text, in the wrong place', 'p', 'r'),
    () => client.listPeers(undefined),
    () => client.sendToUsers('r', [], 'hi')
  ]) {
    const error = await send().catch((e) => e)
    assert.equal(error.kind, 'invalid_request')
    assert.deepEqual(names(events), ['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    const [[, context]] = events.splice(0)
    assert.equal(context.error, error)
    assert.ok(!('trace' in context))
    assert.ok(!inspect({ ...context, error: undefined }).includes('wrong place'))
  }
  client.close()
  assert.equal((await client.broadcast('r', 'hi').catch((e) => e)).kind, 'configuration')
  assert.equal(events.length, 5)
  assert.equal(requests.length, 0)
})

test('the recipient of each way to send is the core’s', async (t) => {
  const { createClient } = await serve(t)
  const events = listen(t)
  const client = createClient()
  const inherited = Object.create({ peerId: 'p' })
  for (const send of [
    () => client.broadcast('r', 'hi'),
    () => client.sendToPeer('r', 'p', 'hi'),
    () => client.sendToRole('r', 'host', 'hi'),
    () => client.sendMessage('r', 'hi'),
    () => client.sendMessage('r', 'hi', { type: 't' }),
    () => client.sendMessage('r', 'hi', { role: 'host' }),
    () => client.sendMessage('r', 'hi', { peerId: 'p', role: 'host' }),
    () => client.sendMessage('r', 'hi', inherited)
  ]) {
    await send()
    const [[, { recipient, trace }]] = events.splice(0)
    assert.equal(recipient, trace.recipient)
  }
  for await (const { error } of client.sendMany([{ roomId: 'r', message: 'hi', role: 'h' }, { roomId: 'r', message: 'hi' }])) assert.ifError(error)
  const many = events.filter(([event]) => event === 'asyncEnd').map(([, { recipient, trace, method }]) => [method, recipient, trace.recipient])
  assert.deepEqual(many.sort(), [['sendMany', 'everyone', 'everyone'], ['sendMany', 'role', 'role']])
})

test('queries have a channel of their own', async (t) => {
  const { createClient } = await serve(t, (response) => respondPeers(response))
  const seen = []
  const handlers = { asyncEnd: (context) => seen.push(context) }
  tracingChannel('roomcast:query').subscribe(handlers)
  t.after(() => tracingChannel('roomcast:query').unsubscribe(handlers))
  const client = createClient()
  await client.listPeers('r', { userId: 'the-user' })
  await client.getRoom('r').catch(() => {})
  await client.broadcast('r', 'hi')
  assert.deepEqual(seen.map(({ method }) => method), ['listPeers', 'getRoom'])
  const [{ trace, ...context }] = seen
  assert.deepEqual([trace.method, trace.httpMethod, trace.path, trace.recipient], ['listPeers', 'GET', '/v2/active-rooms/r/peers', undefined])
  assert.ok(!('recipient' in context))
  assert.ok(!inspect(trace).includes('the-user'))
})

test('a call with several recipients has one context, and a trace of each operation', async (t) => {
  const { createClient, requests } = await serve(t, (response) => {
    if (response.req.method === 'POST') return respondSent(response)
    const peer = (id) => ({ id, name: 'Ann', user_id: 'ann', role: 'host', joined_at: '2024-01-01T00:00:00Z', metadata: 'private' })
    respondPeers(response, { p1: peer('p1'), p2: peer('p2') })
  })
  const events = listen(t)
  const results = await createClient().sendToUser('r', 'ann', 'hi')
  assert.equal(results.length, 2)
  assert.deepEqual(names(events), ['start', 'end', 'asyncStart', 'asyncEnd'])
  const [[, { traces, trace, result, ...context }]] = events
  assert.equal(result, results)
  assert.equal(trace, undefined)
  assert.deepEqual(context, { method: 'sendToUser', roomId: 'r', recipient: 'user' })
  assert.deepEqual(traces.map(({ method, attempts }) => [method, attempts.length]), [['listPeers', 1], ['sendMessage', 1], ['sendMessage', 1]])
  assert.equal(requests.length, 3)
  for (const name of ['ann', 'Ann', 'p1', 'private']) assert.ok(!inspect(traces, { depth: 9 }).includes(`'${name}'`))
})

test('the trace of a cancelled call comes with its end, after the rejection', async (t) => {
  const two = deferred()
  const { createClient } = await serve(t, (_, n) => n === 2 && two.resolve())
  const storage = new AsyncLocalStorage()
  const ends = []
  const ended = deferred()
  listen(t, (event, context) => {
    if (event !== 'asyncEnd') return
    ends.push([context.method, storage.getStore(), (context.traces ?? [context.trace]).map(({ attempts, error }) => [attempts.length, error.kind])])
    if (ends.length === 2) ended.resolve()
  })
  const client = createClient()
  const controller = new AbortController()
  const sends = storage.run('the caller', () => [
    client.broadcast('r', 'hi', { signal: controller.signal }),
    client.sendToPeers('r', ['p'], 'hi', { signal: controller.signal })
  ])
  await two.promise
  controller.abort()
  for (const { reason } of await Promise.allSettled(sends)) assert.equal(reason.kind, 'cancelled')
  await ended.promise
  assert.deepEqual(ends.sort(), [['broadcast', 'the caller', [[1, 'cancelled']]], ['sendToPeers', 'the caller', [[1, 'cancelled']]]])
})

test('bindStore: the operation runs in the store, and its events see the caller’s context', async (t) => {
  const { createClient } = await serve(t)
  const storage = new AsyncLocalStorage()
  const { start } = tracingChannel('roomcast:send')
  start.bindStore(storage, ({ method }) => `of ${method}`)
  t.after(() => start.unbindStore(storage))
  const seen = []
  const events = listen(t, () => seen.push(storage.getStore()))
  await storage.run('outside', () => createClient().broadcast('r', 'hi'))
  assert.deepEqual(names(events), ['start', 'end', 'asyncStart', 'asyncEnd'])
  assert.deepEqual(seen, ['of broadcast', 'of broadcast', 'outside', 'outside'])
})

test('sendMany has the events of each item, and those of a loop that is left', async (t) => {
  const { createClient } = await serve(t, (response, n) => (n === 1 ? respondSent(response) : undefined))
  const ended = deferred()
  let left = 4
  const events = listen(t, (event) => event === 'asyncEnd' && --left === 0 && ended.resolve())
  const items = [{ roomId: 'r', message: 'one' }, { roomId: 'r', message: 'two' }, { roomId: 'r', message: 'three' }, 7]
  for await (const { error } of createClient().sendMany(items)) {
    assert.ok(error === undefined || error.kind === 'invalid_request')
    if (error === undefined) break
  }
  await ended.promise
  const ends = events.filter(([event]) => event === 'asyncEnd').map(([, { error, trace }]) => [error?.kind, trace?.error?.kind])
  assert.deepEqual(ends.map(String).sort(), [',', 'cancelled,cancelled', 'cancelled,cancelled', 'invalid_request,'])
  assert.equal(events.filter(([event]) => event === 'start').length, 4)
})

test('nobody listens: no trace is made', async (t) => {
  const { createClient } = await serve(t)
  const handlers = { start() {} }
  tracingChannel('roomcast:send').subscribe(handlers)
  tracingChannel('roomcast:send').unsubscribe(handlers)
  assert.deepEqual(await createClient().broadcast('r', 'hi'), { message: 'message sent', attempts: 1 })
})

test('NODE_DEBUG=roomcast: a line for each retry and each end', async (t) => {
  const { baseUrl } = await serve(t, (response, n) => {
    if (response.req.url.includes('gone')) response.writeHead(404).end()
    else if (response.req.url.includes('users')) response.end('{"count":0,"limit":100,"peers":{}}')
    else if (n === 1) response.writeHead(429, { 'retry-after': '0' }).end()
    else respondSent(response)
  })
  const program = `const lines = []
    process.stderr.write = (line) => lines.push(line.replace(/\\d+ ms/g, 'T ms').replace(String(process.pid), 'PID'))
    const main = async () => {
      await client.sendToPeer('r', 'secret-peer', 'the text')
      await client.broadcast('gone', 'the text').catch(() => {})
      await client.listPeers('users', { userId: 'secret-user' })
      await client.broadcast('r', ' ').catch(() => {})
      console.log(lines.join(''))
    }
    main()`
  const printed = await runWithClient(program, baseUrl, { env: { NODE_DEBUG: 'roomcast' } })
  assert.deepEqual(printed.trim().split('\n'), [
    'ROOMCAST PID: /v2/active-rooms/r/send-message: attempt 1 failed, retrying in T ms: rate_limited, rejected, status 429',
    'ROOMCAST PID: /v2/active-rooms/r/send-message: accepted, attempts: 2, T ms',
    'ROOMCAST PID: /v2/active-rooms/gone/send-message: not_found, rejected, attempts: 1, T ms',
    'ROOMCAST PID: /v2/active-rooms/users/peers: answered, attempts: 1, T ms',
    'ROOMCAST PID: broadcast: invalid_request, not_sent, attempts: 0'
  ])
  assert.equal(await runWithClient(program, baseUrl), '\n')
})
