// The list of rooms and their peers, as a list or as phones.

import { MAX_MESSAGES, Phone } from './phones.js'
import { byId, count, element, userText } from './tools.js'

/** More phones than this are too small to tell apart. */
const MAX_PHONES = 12
/** Of the demo room; the sandbox seats them under these ids. */
const DEMO_PEERS = ['demo-dana', 'demo-alice', 'demo-bob', 'demo-sam']

/** Calls `onChange()` when the list changes, and `onWrite(room, peer)` for a "Write" button of a room or a peer. */
export function roomList({ onChange, onWrite }) {
  // Elements are changed one by one and not replaced, so that they keep the keyboard focus.
  const rooms = new Map()
  // By room, the last messages: for peers that are shown as phones later.
  const messages = new Map()
  const list = byId('room-list')

  function removeElement(made) {
    if (made.contains(document.activeElement)) byId('rooms-title').focus()
    made.remove()
  }

  function writeButton(label, room, peer) {
    const button = element('button', { type: 'button', 'aria-label': label }, 'Write')
    button.addEventListener('click', () => onWrite(room, peer))
    return button
  }

  function newRoom(name) {
    const peerCount = element('span', { class: 'hint' })
    const peers = element('ul', { class: 'plain peers' })
    const phones = element('ul', { class: 'plain phones' })
    phones.hidden = true
    const join = element(
      'a',
      { class: 'button', href: `/peer?${new URLSearchParams({ room: name })}`, target: '_blank', rel: 'noopener' },
      'Join',
      element('span', { class: 'visually-hidden' }, ' ', userText(name), ' (opens a new tab)')
    )
    const asPhones = element(
      'button',
      { type: 'button', 'aria-pressed': 'false', 'aria-label': `Show the peers of ${name} as phones` },
      'Phones'
    )
    const made = element(
      'li',
      { class: 'card' },
      element(
        'div',
        { class: 'row' },
        element('h3', {}, userText(name)),
        peerCount,
        element('div', { class: 'actions' }, asPhones, writeButton(`Write to everyone in ${name}`, name), join)
      ),
      peers,
      phones
    )
    const room = { name, made, peerCount, asPhones, list: peers, phones, peers: new Map() }
    asPhones.addEventListener('click', () => showPhones(room, room.phones.hidden))
    return room
  }

  function showPhones(room, areShown) {
    room.phones.hidden = !areShown
    room.list.hidden = areShown
    room.asPhones.setAttribute('aria-pressed', String(areShown))
    for (const peer of room.peers.values()) setPhone(room, peer)
  }

  /** Adds the phone of a peer, with what it received, or removes it. */
  function setPhone(room, peer) {
    if (room.phones.hidden) {
      if (peer.phone) removeElement(peer.phone.element)
      peer.phone = null
    } else if (!peer.phone) {
      peer.phone = new Phone(peer, writeButton(`Write to ${peer.name || peer.user_id} alone`, room.name, peer))
      room.phones.append(peer.phone.element)
      for (const message of messages.get(room.name) ?? []) {
        if (message.recipients.includes(peer.peer_id)) peer.phone.receive(message, true, 'past')
      }
    }
  }

  function newPeer(room, peer) {
    const name = peer.name || peer.user_id
    return element(
      'li',
      {},
      element('div', {}, userText(name, 'name'), ' ', userText(peer.role, 'role')),
      writeButton(`Write to ${name} alone`, room, peer),
      element('code', { class: 'id', title: 'peer id' }, peer.peer_id)
    )
  }

  function add(name, peer) {
    if (!rooms.has(name)) {
      rooms.set(name, newRoom(name))
      // The demo room was just asked for.
      if (DEMO_PEERS.includes(peer.peer_id)) list.prepend(rooms.get(name).made)
      else list.append(rooms.get(name).made)
    }
    const room = rooms.get(name)
    if (room.peers.has(peer.peer_id)) return
    const made = newPeer(name, peer)
    room.list.append(made)
    const known = { ...peer, made, phone: null }
    room.peers.set(peer.peer_id, known)
    if (DEMO_PEERS.includes(peer.peer_id) && room.phones.hidden) showPhones(room, true)
    setPhone(room, known)
    changed(room)
  }

  function remove(name, peer) {
    const room = rooms.get(name)
    const known = room?.peers.get(peer.peer_id)
    if (!known) return
    room.peers.delete(peer.peer_id)
    if (room.peers.size === 0) {
      rooms.delete(name)
      messages.delete(name)
      removeElement(room.made)
    } else {
      removeElement(known.made)
      if (known.phone) removeElement(known.phone.element)
    }
    changed(room)
  }

  function changed(room) {
    room.peerCount.textContent = count(room.peers.size, 'peer')
    // Phones that are shown already stay, so that they can be hidden.
    room.asPhones.hidden = room.peers.size > MAX_PHONES && room.phones.hidden
    byId('no-rooms').hidden = rooms.size > 0
    onChange()
  }

  return {
    add,
    remove,
    /** Replaces all rooms. */
    set(all) {
      messages.clear()
      const current = new Map(all.map(({ room, peers }) => [room, new Set(peers.map((peer) => peer.peer_id))]))
      for (const [name, room] of [...rooms]) {
        for (const peer of [...room.peers.values()]) {
          if (!current.get(name)?.has(peer.peer_id)) remove(name, peer)
        }
      }
      for (const room of rooms.values()) room.peers.forEach((peer) => peer.phone?.clear())
      for (const { room, peers } of all) peers.forEach((peer) => add(room, peer))
    },
    /** A message was sent in a room. */
    receive(message, when) {
      const room = rooms.get(message.room)
      if (!room) return
      const last = messages.get(message.room) ?? []
      messages.set(message.room, [...last, message].slice(-MAX_MESSAGES))
      for (const peer of room.peers.values()) {
        const hasLanded = message.recipients.includes(peer.peer_id)
        // Whom an old message passed by does not matter any more.
        if (hasLanded || when === 'now') peer.phone?.receive(message, hasLanded, when)
      }
    },
    names: () => [...rooms.keys()],
    peers: (name) => [...(rooms.get(name)?.peers.values() ?? [])],
    /** The rooms in which somebody of the demo room is seated. */
    demos: () => [...rooms].filter(([, { peers }]) => DEMO_PEERS.some((id) => peers.has(id))).map(([name]) => name)
  }
}
