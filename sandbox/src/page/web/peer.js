// A peer in a room: it speaks 100ms's signalling protocol, over the same endpoints as every other peer.

import { ask, audience, byId, clock, element, quoted, read, say } from './tools.js'

const PING_EVERY = 3000
const MOST_SHOWN = 300
/** 1008: this peer id has connected elsewhere. */
const REPLACED = 1008
const SLOWEST_RETRY = 10_000

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
  say(byId('state'), 'Joining…')
  try {
    await connect()
  } catch (error) {
    me = null
    say(byId('state'), error.message, 'bad')
  }
})

byId('leave').addEventListener('click', () => {
  me = null
  call(socket, 'leave')
  socket.close(1000)
  show(false)
  say(byId('state'), 'You have left.')
  fields.name.focus()
})

async function connect() {
  const { token } = await ask('/page/peer-token', { room_id: me.room, role: me.role, user_id: me.name })
  const init = await fetch(`/init?peer_id=${me.id}`, { headers: { Authorization: `Bearer ${token}` } })
  const { endpoint } = await read(init)
  if (me) open(`${endpoint}?${new URLSearchParams({ peer: me.id, token, protocol_version: '2.5' })}`)
}

function open(address) {
  const opened = new WebSocket(address)
  socket = opened
  const pinging = setInterval(() => call(opened, 'ping'), PING_EVERY)
  let joining = false
  opened.addEventListener('message', (event) => {
    const { method, params } = JSON.parse(event.data)
    // Joining again after a broken connection changes nothing.
    if (method === 'on-policy-change' && !joining) {
      joining = true
      call(opened, 'join', { name: me?.name, data: '' })
    }
    if (method === 'peer-list') entered(Object.values(params.peers))
    if (method === 'on-peer-join') arrived(params)
    if (method === 'on-peer-leave') gone(params)
    if (method === 'on-broadcast') received(params)
  })
  opened.addEventListener('close', ({ code }) => {
    clearInterval(pinging)
    if (!me || socket !== opened) return
    if (code === REPLACED) {
      me = null
      show(false)
      say(byId('state'), 'This peer has connected elsewhere.', 'bad')
    } else {
      say(byId('state'), 'The connection broke. Trying again…', 'bad')
      comeBack(500)
    }
  })
}

function call(on, method, params = {}) {
  if (on.readyState !== WebSocket.OPEN) return
  on.send(JSON.stringify({ jsonrpc: '2.0', id: randomId(), method, params }))
}

/** With the same peer id, as 100ms's client does: for a while the sandbox takes it for the same peer. */
function comeBack(after) {
  setTimeout(async () => {
    if (!me) return
    try {
      await connect()
    } catch (error) {
      say(byId('state'), error.message, 'bad')
      comeBack(Math.min(after * 2, SLOWEST_RETRY))
    }
  }, after)
}

function entered(there) {
  const first = byId('joined').hidden
  others.clear()
  byId('others').replaceChildren()
  there.forEach(arrived)
  show(true)
  say(byId('state'), 'In the room', 'good')
  if (!first) return
  document.title = `${me.name} · ${me.room}`
  byId('who').replaceChildren(quoted(me.name), ' as ', quoted(me.role), ' in ', quoted(me.room))
  history.replaceState(null, '', `?${new URLSearchParams({ room: me.room, name: me.name, role: me.role })}`)
  byId('received-title').focus()
}

function show(joined) {
  byId('joining').hidden = joined
  byId('joined').hidden = !joined
  byId('leave').hidden = !joined
  byId('nobody').hidden = others.size > 0
  byId('others').hidden = others.size === 0
  if (joined) return
  byId('who').textContent = 'Join as a peer'
  document.title = 'Join · roomcast sandbox'
}

const nameOf = (peer) => peer.info.name || peer.info.user_id

function arrived(peer) {
  gone(peer)
  const made = element('li', {}, element('div', {}, quoted(nameOf(peer), 'name'), ' ', quoted(peer.role, 'role')))
  others.set(peer.peer_id, made)
  byId('others').append(made)
  byId('nobody').hidden = true
  byId('others').hidden = false
}

function gone(peer) {
  others.get(peer.peer_id)?.remove()
  others.delete(peer.peer_id)
  byId('nobody').hidden = others.size > 0
  byId('others').hidden = others.size === 0
}

function received({ timestamp, private: alone, roles, peer, info }) {
  byId('nothing').hidden = true
  const to = alone
    ? audience('peer', 'to you alone')
    : roles
      ? audience('role', 'to role ', quoted(roles.join(', ')))
      : audience('everyone', 'to everyone')
  const meta = element('div', { class: 'meta' }, clock(timestamp), to)
  // Peers may put anything into their own messages.
  const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? '')
  if (info.type !== undefined) meta.append(element('span', { class: 'type' }, 'type ', quoted(text(info.type))))
  const from = peer ? element('span', {}, 'from ', quoted(nameOf(peer), 'name')) : 'from the server API'
  const list = byId('received')
  list.prepend(
    element('li', { class: 'card' }, meta, element('p', { class: 'text', dir: 'auto' }, text(info.message)),
      element('div', { class: 'hint' }, from))
  )
  if (list.children.length > MOST_SHOWN) list.lastChild.remove()
}

/** For pages that are not served from this machine and so lack crypto.randomUUID. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
