// roomcast/testing: peers and events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClient, makeEvent, makePeer, makeWebhook } from 'roomcast/testing'
import { Webhooks } from 'roomcast'

test('a peer has what listPeers returns', async () => {
  const client = new FakeClient()
  client.join('room', { userId: 'ann' })
  const [real] = await client.listPeers('room')
  const made = makePeer({ userId: 'ann', role: 'host' })
  assert.deepEqual(Object.keys(made).sort(), Object.keys(real).sort())
  assert.deepEqual([made.userId, made.role, made.name, made.joinedAt instanceof Date], ['ann', 'host', '', true])
  assert.notEqual(makePeer().peerId, makePeer().peerId)
  assert.throws(() => makePeer({ user_id: 'ann' }), { name: 'TypeError', message: /^user_id is not a field of it; it has peerId, / })
})

test('an event has what was given, and what a real one has', () => {
  const joinedAt = new Date('2026-02-03T04:05:06Z')
  const event = makeEvent('peer.join.success', { roomId: 'table', peerId: 'p1', userId: 'ann', role: 'host', joinedAt, data: { more: 7 } })
  const { type, roomId, peerId, userId, role, data, peerType, isReplay } = event
  assert.deepEqual([type, roomId, peerId, userId, role, peerType, isReplay], ['peer.join.success', 'table', 'p1', 'ann', 'host', 'regular', false])
  assert.deepEqual([event.joinedAt, data.more, data.peer_id], [joinedAt, 7, 'p1'])
  const left = makeEvent('peer.leave.success', { durationMs: 1500, reason: 'websocket closed', isReplay: true })
  assert.deepEqual([left.durationMs, left.reason, left.isReplay, left.leftAt instanceof Date], [1500, 'websocket closed', true, true])
  const other = makeEvent('session.open.success', { roomId: 'table' })
  assert.deepEqual([other.type, other.data, 'peerId' in other], ['session.open.success', { room_id: 'table' }, false])
  assert.notEqual(makeEvent('session.open.success').id, other.id)
  assert.throws(() => makeEvent('peer.join.success', { user_id: 'ann' }), { name: 'TypeError' })
  assert.throws(() => makeEvent('peer.join.success', { peerId: ' ' }), { name: 'WebhookError', kind: 'invalid_body' })
})

test('a webhook’s body is read as a real one', () => {
  const body = makeWebhook('peer.leave.success', { userId: 'ann', durationMs: 2000 })
  const { userId, durationMs, sessionStartedAt } = new Webhooks({ secret: 's' }).read('s', body)
  assert.deepEqual([userId, durationMs, sessionStartedAt instanceof Date], ['ann', 2000, true])
})
