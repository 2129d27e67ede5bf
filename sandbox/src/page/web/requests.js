// What a recorded request asks for, as the server API understands it.

const PATH = /^\/(?:v2\/active-rooms|page\/rooms)\/([^/?]+)(\/send-message|\/peers)?(?:\/([^/?]+))?(?:\?(.*))?$/
const FIELDS = ['message', 'peer_id', 'role', 'type']

/**
 * Returns the operation (`send`, `list`, `room`, `peer` or `other`) and what it needs. A `send` has the message as
 * the form composes it, in `sent`, unless its body is not one. `notes` say what is likely to be a mistake.
 */
export function readRequest({ method, path, room_id: room, body }) {
  const [whole, , action, peer, query] = PATH.exec(path) ?? []
  if (whole === undefined || room === null) return { operation: 'other', notes: [] }
  if (action === '/send-message' && peer === undefined) return { operation: 'send', room, ...readBody(room, body) }
  if (method !== 'GET') return { operation: 'other', room, notes: [] }
  if (action === undefined && peer === undefined) return { operation: 'room', room, notes: [] }
  if (action === '/peers' && peer === undefined) return { operation: 'list', room, ...readQuery(query), notes: [] }
  return { operation: action === '/peers' ? 'peer' : 'other', room, notes: [] }
}

function readQuery(query = '') {
  const given = new URLSearchParams(query)
  return { role: given.get('role') ?? '', userId: given.get('user_id') ?? '' }
}

function readBody(room, body) {
  const fields = parse(body)
  if (fields === null) return { sent: null, notes: [] }
  const given = (name) => fields[name] !== undefined && fields[name] !== null && fields[name] !== ''
  const isText = (name) => !given(name) || typeof fields[name] === 'string'
  if (!FIELDS.every(isText) || !given('message')) return { sent: null, notes: [] }
  const to = given('peer_id')
    ? { kind: 'peer', peer_id: fields.peer_id }
    : given('role')
      ? { kind: 'role', role: fields.role }
      : { kind: 'everyone' }
  const sent = { room, to, message: fields.message, type: given('type') ? fields.type : '' }
  return { sent, notes: mistakes(fields, given, to) }
}

/** The members of a JSON object; `null` for anything else. */
function parse(text) {
  try {
    const parsed = JSON.parse(text)
    return typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : null
  } catch {
    return null
  }
}

/** What reads as if it narrowed the audience, but does not. */
function mistakes(fields, given, to) {
  const audience = { everyone: 'everyone', role: `the role ${to.role}`, peer: 'that peer alone' }[to.kind]
  const unknown = Object.keys(fields).filter((name) => !FIELDS.includes(name))
  const notes = unknown.map((name) => `The API has no field “${name}” and ignores it: the message is for ${audience}.`)
  for (const name of ['peer_id', 'role']) {
    // A role beside a peer does not matter.
    if (name in fields && !given(name) && to.kind !== 'peer') {
      const value = fields[name] === null ? 'null' : 'empty'
      notes.push(`“${name}” is ${value}, which counts as not given: the message is for ${audience}.`)
    }
  }
  return notes
}

/** The text of an error response, on one line; empty if there is none. */
export function errorText(response) {
  const { message, details } = parse(response ?? '') ?? {}
  const list = Array.isArray(details) ? details.filter((detail) => typeof detail === 'string') : []
  return [typeof message === 'string' ? message : '', ...list].filter((text) => text !== '').join(': ')
}
