// The part of webhooks that is JavaScript's: types. The rules are tested by tests/cases/webhooks*.json.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test from 'node:test'
import { inspect } from 'node:util'
import { RoomcastError, WebhookError, Webhooks } from '../index.mjs'

const secret = 'the-secret-of-the-header'
const webhooks = new Webhooks({ secret })
const join = {
  id: 'e1',
  type: 'peer.join.success',
  timestamp: '2021-11-30T12:58:49Z',
  data: { peer_id: 'p1', room_id: 'r1', user_id: 'u1', joined_at: '2021-11-30T12:58:49.123999Z' }
}
const text = JSON.stringify(join)

test('an event is a plain object; its times are dates, truncated to milliseconds', () => {
  const event = webhooks.read(secret, text)
  assert.equal(Object.getPrototypeOf(event), Object.prototype)
  assert.equal(event.joinedAt.toISOString(), '2021-11-30T12:58:49.123Z')
  assert.equal(event.timestamp.toISOString(), '2021-11-30T12:58:49.000Z')
  assert.ok(!('sessionStartedAt' in event))
  assert.deepEqual(event.data, join.data)
  const left = webhooks.read(secret, JSON.stringify({ ...join, type: 'peer.leave.success', data: { ...join.data, duration: 2.5 } }))
  assert.equal(left.durationMs, 2500)
})

test('a body is text or bytes, also a view of a larger buffer', () => {
  const bytes = Buffer.from(text)
  for (const body of [text, bytes, new Uint8Array(bytes), Buffer.concat([Buffer.from('xx'), bytes]).subarray(2)]) {
    assert.equal(webhooks.read(secret, body).id, 'e1')
  }
})

test('a header in an array of one counts; one with several values does not', () => {
  assert.equal(webhooks.read([secret], text).id, 'e1')
  for (const given of [undefined, null, [], [secret, secret], ['x', secret]]) {
    assert.throws(() => webhooks.read(given, text), { name: 'WebhookError', kind: 'wrong_secret', status: 401 })
  }
})

test('a lone surrogate is not replaced by another character', () => {
  assert.throws(() => webhooks.read('\ud800', text), { kind: 'wrong_secret' })
  assert.throws(() => webhooks.read(secret, text.replace('p1', '\ud800')), { kind: 'invalid_body', status: 400 })
  assert.equal(webhooks.read(secret, text.replace('p1', '\ud83d\ude00')).peerId, '😀')
})

test('arguments of other types are type errors', () => {
  for (const body of [join, undefined, null, 7, [text]]) {
    assert.throws(() => webhooks.read(secret, body), { name: 'TypeError', message: /^body is of type / })
  }
  for (const given of [7, {}, [7], Symbol('s')]) {
    assert.throws(() => webhooks.read(given, text), { name: 'TypeError', message: /^given is of type / })
  }
  assert.throws(() => new Webhooks({ secret }, 'more'), RoomcastError)
})

test('an error is the same class for require, has the caller on top of its stack trace, and shows no secret', () => {
  const error = refused(() => webhooks.read('another', text))
  assert.ok(error instanceof createRequire(import.meta.url)('../index.js').WebhookError)
  assert.ok(error instanceof WebhookError && !(error instanceof RoomcastError))
  assert.match(error.stack.split('\n')[1], /webhooks\.test\.mjs/)
  for (const shown of [inspect(error), inspect(webhooks, { showHidden: true, depth: 9 })]) {
    assert.ok(!shown.includes(secret) && !shown.includes('another\''), shown)
  }
})

function refused(call) {
  try {
    call()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}
