// roomcast/testing: the client without a server. What it has in common with the real one is a part of the matrix.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { Client, RoomcastError, chat, event } from 'roomcast'
import { FakeClient } from 'roomcast/testing'
import * as testing from 'roomcast/testing'
import { serve } from './server.mjs'

test('it is a client, and needs nothing', async (t) => {
  process.env.HMS_BASE_URL = 'nonsense'
  t.after(() => delete process.env.HMS_BASE_URL)
  const client = new FakeClient()
  assert.ok(client instanceof Client)
  assert.deepEqual(await client.sendToPeer('room', 'p1', 'hi'), { message: 'message sent', attempts: 1 })
  assert.match(inspect(client), /^Client \{/)
  const required = createRequire(import.meta.url)('roomcast/testing')
  assert.equal(required.FakeClient, FakeClient)
  assert.deepEqual(Object.keys(required).sort(), Object.keys(testing).filter((name) => !['default', 'module.exports'].includes(name)).sort())
})

test('nothing leaves the process', async (t) => {
  const { requests, baseUrl } = await serve(t)
  const client = new FakeClient({ baseUrl, accessKey: 'k', secret: 's' })
  await client.broadcast('room', 'hi')
  assert.deepEqual(requests, [])
  assert.equal(client.stats().sent, 1)
})

test('calls are recorded as they are sent, and frozen', async () => {
  const client = new FakeClient()
  assert.deepEqual(client.calls, [])
  await client.sendToPeer('room', 'p1', chat('your turn'))
  await client.sendMessage('room', event('deal', { cards: ['A♠'] }), { role: 'host' })
  await client.broadcast('room', { all: true }, { type: 'json' })
  const sent = (more) => ({ method: 'sendMessage', roomId: 'room', attempts: 1, ...more })
  assert.deepEqual(client.calls, [
    sent({ peerId: 'p1', message: 'your turn', type: 'chat' }),
    sent({ role: 'host', message: '{"cards":["A♠"]}', type: 'deal' }),
    sent({ message: '{"all":true}', type: 'json' })
  ])
  assert.deepEqual(client.sent, client.calls.map(({ method, attempts, ...message }) => (assert.ok(method && attempts), message)))
  assert.ok(Object.isFrozen(client.sent) && client.sent.every(Object.isFrozen) && client.sent === client.sent)
  assert.ok(Object.isFrozen(client.calls) && client.calls.every(Object.isFrozen))
  assert.equal(client.calls, client.calls)
  const before = client.calls
  await client.broadcast('room', 'more')
  assert.deepEqual([before.length, client.calls.length, client.calls[0] === before[0]], [3, 4, true])
  client.reset()
  assert.deepEqual([client.calls, client.sent], [[], []])
})

test('rules are those of the real client, and what breaks them is recorded', async () => {
  const client = new FakeClient()
  for (const send of [
    () => client.sendToPeer('room', undefined, 'hi'),
    () => client.sendToPeer('room', '', 'hi'),
    () => client.sendMessage('room', 'hi', { peer_id: 'p1' }),
    () => client.broadcast('no room', 'hi'),
    () => client.broadcast('room', new Map())
  ]) {
    await assert.rejects(send(), (error) => error instanceof RoomcastError && error.kind === 'invalid_request' && error.outcome === 'not_sent')
  }
  assert.deepEqual(client.calls.map(({ attempts, error }) => [attempts, error.kind]), Array(5).fill([0, 'invalid_request']))
  assert.deepEqual(client.calls.map(({ roomId }) => roomId), ['room', 'room', 'room', 'no room', 'room'])
  assert.deepEqual(client.sent, [])
  client.close()
  await assert.rejects(client.broadcast('room', 'hi'), { kind: 'configuration' })
  assert.equal(client.calls.at(-1).error.kind, 'configuration')
})

test('calls fail as they are told to', async () => {
  const client = new FakeClient()
  for (const [failure, kind, outcome, attempts] of [
    [404, 'not_found', 'rejected', 1],
    [429, 'rate_limited', 'rejected', 3],
    [500, 'server', 'unknown', 1],
    ['not_sent', 'connection', 'not_sent', 3],
    ['unknown', 'connection', 'unknown', 1],
    ['late', 'timeout', 'unknown', 1]
  ]) {
    client.failNext(failure)
    await assert.rejects(client.broadcast('room', 'hi'), { kind, outcome, attempts })
    const { error } = client.calls.at(-1)
    assert.ok(error instanceof RoomcastError)
    assert.deepEqual([error.kind, client.calls.at(-1).attempts], [kind, attempts])
    await client.broadcast('room', 'hi')
  }
  client.failNext(500, { count: 2 })
  client.failNext(404)
  const kinds = []
  for (let i = 0; i < 4; i++) kinds.push(await client.broadcast('room', 'hi').then(() => 'sent', ({ kind }) => kind))
  assert.deepEqual(kinds, ['server', 'server', 'not_found', 'sent'])
})

test('retries are made, and nobody waits for them', async () => {
  const client = new FakeClient({ timeoutMs: 3_600_000, maxAttempts: 4 })
  client.failNext(429, { attempts: 3, retryAfterMs: 600_000 })
  assert.equal((await client.broadcast('room', 'hi')).attempts, 4)
  assert.deepEqual([client.calls[0].attempts, client.calls[0].error], [4, undefined])
})

test('what is no failure is refused', () => {
  const client = new FakeClient()
  for (const given of [[200], [404.5], ['sometimes'], [undefined], [404, { times: 2 }], [404, { count: -1 }], [404, { count: 0 }], [404, { attempts: 0 }], [404, { count: 1.5 }], [404, 2], [404, {}, 2]]) {
    assert.throws(() => client.failNext(...given), { name: 'RoomcastError', kind: 'invalid_request' })
  }
  assert.throws(() => new FakeClient({ timeout: 5 }), { kind: 'configuration', message: /timeoutMs/ })
  assert.throws(() => new FakeClient({}, 'more'), { kind: 'configuration' })
})

test('a room that somebody joined has peers', async () => {
  const client = new FakeClient()
  await assert.rejects(client.listPeers('room'), { kind: 'not_found' })
  const ann = client.join('room', { userId: 'ann', role: 'host', peerId: 'a' })
  const { peerId } = client.join('room', { userId: 'ann' })
  assert.deepEqual([ann.peerId, ann.joinedAt instanceof Date], ['a', true])
  assert.deepEqual((await client.listPeers('room', { role: 'host' })), [ann])
  assert.deepEqual((await client.getRoom('room')).peerIds.sort(), ['a', peerId].sort())
  const results = await client.sendToUser('room', 'ann', 'hi')
  assert.deepEqual(results.map((one) => one.peerId).sort(), ['a', peerId].sort())
  await assert.rejects(client.sendToPeer('room', 'bob', 'hi'), { kind: 'not_found', outcome: 'rejected' })
  client.leave('room', peerId)
  await assert.rejects(client.sendToPeer('room', peerId, 'hi'), { kind: 'not_found' })
  for (const given of [['no room'], ['room', { user_id: 'ann' }], ['room', { userId: 7 }], ['room', null], ['room', {}, 1]]) {
    assert.throws(() => client.join(...given), { kind: 'invalid_request' })
  }
  assert.throws(() => client.leave('room', undefined), { kind: 'invalid_request' })
})

test('sendMany, signals and drain work with it', async () => {
  const client = new FakeClient()
  client.failNext(404)
  const items = [{ roomId: 'room', message: '1' }, { roomId: 'room', message: '2', peerId: '' }, 'no item', { roomId: 'room', message: '3' }]
  const outcomes = []
  for await (const { item, outcome = 'accepted' } of client.sendMany(items, { maxInFlight: 1 })) outcomes[items.indexOf(item)] = outcome
  assert.deepEqual(outcomes, ['rejected', 'not_sent', 'not_sent', 'accepted'])
  const ended = client.calls.map(({ message, error }) => [message, error?.kind])
  assert.deepEqual(ended.filter(([message]) => message), [['1', 'not_found'], ['2', 'invalid_request'], ['3', undefined]])

  await assert.rejects(client.broadcast('room', 'hi', { signal: AbortSignal.abort() }), { kind: 'cancelled', outcome: 'not_sent' })
  const sends = Array.from({ length: 50 }, () => client.broadcast('room', 'hi'))
  assert.equal(await client.drain({ timeoutMs: 60_000 }), true)
  assert.equal((await Promise.all(sends)).length, 50)
  await client[Symbol.asyncDispose]?.()
})
