'use strict'

const { Webhooks } = require('../webhooks.js')

/** The same for all, so that tests can compare. */
const TIME = new Date('2026-01-01T00:00:00Z')

let made = 0

/** Documented in `types/testing/factories.d.ts`. */
function makePeer(fields = {}) {
  made += 1
  const peer = { peerId: `peer-${made}`, name: '', userId: `user-${made}`, metadata: '', role: 'guest', joinedAt: TIME }
  refuseOthers(fields, Object.keys(peer), makePeer)
  return { ...peer, ...fields }
}

/** Where 100ms's format has the fields of an event about a peer. */
const DATA = {
  peerId: 'peer_id',
  roomId: 'room_id',
  userId: 'user_id',
  role: 'role',
  userName: 'user_name',
  userData: 'user_data',
  peerType: 'type',
  roomName: 'room_name',
  sessionId: 'session_id',
  templateId: 'template_id',
  joinedAt: 'joined_at',
  sessionStartedAt: 'session_started_at',
  leftAt: 'left_at',
  durationMs: 'duration',
  reason: 'reason'
}

/** Documented in `types/testing/factories.d.ts`. */
function makeWebhook(type, fields = {}) {
  made += 1
  const { id = `event-${made}`, version = '2.0', accountId = 'account', timestamp = TIME, isReplay, data, ...others } = fields
  refuseOthers(others, Object.keys(DATA), makeWebhook)
  const about = type.startsWith('peer.') ? ofPeer(type, others) : { roomId: 'room', ...others }
  const members = Object.entries(about).map(([name, value]) => [DATA[name], name === 'durationMs' ? value / 1000 : value])
  const body = { version, id, account_id: accountId, app_id: 'app', timestamp, type, data: { ...Object.fromEntries(members), ...data } }
  return JSON.stringify(isReplay ? { ...body, is_replay: true } : body)
}

function ofPeer(type, fields) {
  const { peerId, userId, role, joinedAt } = makePeer()
  const session = { roomId: 'room', roomName: 'room', sessionId: 'session', templateId: 'template', sessionStartedAt: TIME }
  const left = type.startsWith('peer.leave') ? { leftAt: TIME, durationMs: 0, reason: 'client request' } : {}
  return { peerId, userId, userName: '', userData: '', role, joinedAt, peerType: 'regular', ...session, ...left, ...fields }
}

/** Documented in `types/testing/factories.d.ts`. */
function makeEvent(type, fields) {
  // Read as any other, so that it has what a real one has, and nothing that a real one cannot have.
  return webhooks.read(secret, makeWebhook(type, fields))
}

const secret = 'of no other webhook'
const webhooks = new Webhooks({ secret })

/** A name that is misspelt would be ignored, and its test would test something else. */
function refuseOthers(fields, known, factory) {
  const [other] = Object.keys(fields).filter((name) => !known.includes(name))
  if (other === undefined) return
  const error = new TypeError(`${other} is not a field of it; it has ${known.join(', ')}`)
  Error.captureStackTrace(error, factory)
  throw error
}

module.exports = { makeEvent, makePeer, makeWebhook }
