// The page at `/peer`: a peer that uses 100ms's signalling protocol over the same endpoints as every other peer.

import { audienceLabel, byId, element, post, readJson, showStatus, timeOfDay, userText } from './tools.js'

const PING_INTERVAL_MS = 3000
const MAX_SHOWN = 300
/** The close code if the same peer id has connected again. */
const REPLACED = 1008
const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 10_000

const form = byId('join')
const fields = { room: byId('room'), name: byId('name'), role: byId('role') }
const query = new URLSearchParams(location.search)
for (const [name, field] of Object.entries(fields)) field.value = query.get(name) ?? field.value
;(fields.room.value === '' ? fields.room : fields.name).focus()

let me = null
let socket = null
const others = new Map()

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  me = { id: crypto.randomUUID?.() ?? randomId(), room: fields.room.value, name: fields.name.value, role: fields.role.value }
  showStatus(byId('state'), 'Joining…')
  try {
    await connect()
  } catch (error) {
    me = null
    showStatus(byId('state'), error.message, 'error')
  }
})

byId('leave').addEventListener('click', () => {
  me = null
  call(socket, 'leave')
  socket.close(1000)
  show(false)
  showStatus(byId('state'), 'You have left.')
  fields.name.focus()
})

async function connect() {
  const { token } = await post('/page/peer-token', { room_id: me.room, role: me.role, user_id: me.name })
  const init = await fetch(`/init?peer_id=${me.id}`, { headers: { Authorization: `Bearer ${token}` } })
  const { endpoint } = await readJson(init)
  if (me) open(`${endpoint}?${new URLSearchParams({ peer: me.id, token, protocol_version: '2.5' })}`)
}

function open(address) {
  const opened = new WebSocket(address)
  socket = opened
  const pinging = setInterval(() => call(opened, 'ping'), PING_INTERVAL_MS)
  let joining = false
  opened.addEventListener('message', (event) => {
    const { method, params } = JSON.parse(event.data)
    // After a reconnect the peer is still joined, and a second join changes nothing.
    if (method === 'on-policy-change' && !joining) {
      joining = true
      call(opened, 'join', { name: me?.name, data: '' })
    }
    if (method === 'peer-list') showRoom(Object.values(params.peers))
    if (method === 'on-peer-join') addPeer(params)
    if (method === 'on-peer-leave') removePeer(params)
    if (method === 'on-broadcast') showMessage(params)
  })
  opened.addEventListener('close', ({ code }) => {
    clearInterval(pinging)
    if (!me || socket !== opened) return
    if (code === REPLACED) {
      me = null
      show(false)
      showStatus(byId('state'), 'This peer has connected elsewhere.', 'error')
    } else {
      showStatus(byId('state'), 'The connection broke. Retrying…', 'error')
      reconnect(FIRST_RETRY_MS)
    }
  })
}

function call(on, method, params = {}) {
  if (on.readyState !== WebSocket.OPEN) return
  on.send(JSON.stringify({ jsonrpc: '2.0', id: randomId(), method, params }))
}

/** Reconnects with the same peer id, like 100ms's client. For a while the sandbox treats it as the same peer. */
function reconnect(delay) {
  setTimeout(async () => {
    if (!me) return
    try {
      await connect()
    } catch (error) {
      showStatus(byId('state'), error.message, 'error')
      reconnect(Math.min(delay * 2, MAX_RETRY_MS))
    }
  }, delay)
}

function showRoom(peers) {
  const first = byId('joined').hidden
  others.clear()
  byId('others').replaceChildren()
  peers.forEach(addPeer)
  show(true)
  showStatus(byId('state'), 'In the room', 'success')
  if (!first) return
  document.title = `${me.name} · ${me.room}`
  byId('who').replaceChildren(userText(me.name), ' as ', userText(me.role), ' in ', userText(me.room))
  history.replaceState(null, '', `?${new URLSearchParams({ room: me.room, name: me.name, role: me.role })}`)
  byId('received-title').focus()
}

function show(joined) {
  byId('joining').hidden = joined
  byId('joined').hidden = !joined
  byId('leave').hidden = !joined
  byId('no-others').hidden = others.size > 0
  byId('others').hidden = others.size === 0
  if (joined) return
  byId('who').textContent = 'Join as a peer'
  document.title = 'Join · roomcast sandbox'
}

const nameOf = (peer) => peer.info.name || peer.info.user_id

function addPeer(peer) {
  removePeer(peer)
  const made = element('li', {}, element('div', {}, userText(nameOf(peer), 'name'), ' ', userText(peer.role, 'role')))
  others.set(peer.peer_id, made)
  byId('others').append(made)
  byId('no-others').hidden = true
  byId('others').hidden = false
}

function removePeer(peer) {
  others.get(peer.peer_id)?.remove()
  others.delete(peer.peer_id)
  byId('no-others').hidden = others.size > 0
  byId('others').hidden = others.size === 0
}

function showMessage({ timestamp, private: alone, roles, peer, info }) {
  byId('no-messages').hidden = true
  const to = alone
    ? audienceLabel('peer', 'to you alone')
    : roles
      ? audienceLabel('role', 'to role ', userText(roles.join(', ')))
      : audienceLabel('everyone', 'to everyone')
  const meta = element('div', { class: 'meta' }, timeOfDay(timestamp), to)
  // A message from a peer may contain any JSON.
  const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '')
  if (info.type !== undefined) meta.append(element('span', { class: 'type' }, 'type ', userText(text(info.type))))
  const from = peer ? element('span', {}, 'from ', userText(nameOf(peer), 'name')) : 'from the server API'
  const list = byId('received')
  list.prepend(
    element('li', { class: 'card' }, meta, element('p', { class: 'text', dir: 'auto' }, text(info.message)),
      element('div', { class: 'hint' }, from))
  )
  if (list.children.length > MAX_SHOWN) list.lastChild.remove()
}

/** Used where crypto.randomUUID is missing: on pages that are served neither from loopback nor over https. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
