// The list of rooms and their peers.

import { byId, count, element, userText } from './tools.js'

/** Calls `onChange()` when the list changes, and `onWrite(room, peer)` for a "Write" button of a room or a peer. */
export function roomList({ onChange, onWrite }) {
  // Elements are changed one by one and not replaced, so that they keep the keyboard focus.
  const rooms = new Map()
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
    const join = element(
      'a',
      { class: 'button', href: `/peer?${new URLSearchParams({ room: name })}`, target: '_blank', rel: 'noopener' },
      'Join',
      element('span', { class: 'visually-hidden' }, ' ', userText(name), ' (opens a new tab)')
    )
    const made = element(
      'li',
      { class: 'card' },
      element(
        'div',
        { class: 'row' },
        element('h3', {}, userText(name)),
        peerCount,
        element('div', { class: 'actions' }, writeButton(`Write to everyone in ${name}`, name), join)
      ),
      peers
    )
    list.append(made)
    return { made, peerCount, list: peers, peers: new Map() }
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
    if (!rooms.has(name)) rooms.set(name, newRoom(name))
    const room = rooms.get(name)
    if (room.peers.has(peer.peer_id)) return
    const made = newPeer(name, peer)
    room.list.append(made)
    room.peers.set(peer.peer_id, { ...peer, made })
    changed(room)
  }

  function remove(name, peer) {
    const room = rooms.get(name)
    const known = room?.peers.get(peer.peer_id)
    if (!known) return
    room.peers.delete(peer.peer_id)
    if (room.peers.size === 0) {
      rooms.delete(name)
      removeElement(room.made)
    } else {
      removeElement(known.made)
    }
    changed(room)
  }

  function changed(room) {
    room.peerCount.textContent = count(room.peers.size, 'peer')
    byId('no-rooms').hidden = rooms.size > 0
    onChange()
  }

  return {
    add,
    remove,
    /** Replaces all rooms. */
    set(all) {
      const current = new Map(all.map(({ room, peers }) => [room, new Set(peers.map((peer) => peer.peer_id))]))
      for (const [name, room] of [...rooms]) {
        for (const peer of [...room.peers.values()]) {
          if (!current.get(name)?.has(peer.peer_id)) remove(name, peer)
        }
      }
      for (const { room, peers } of all) peers.forEach((peer) => add(room, peer))
    },
    names: () => [...rooms.keys()],
    peers: (name) => [...(rooms.get(name)?.peers.values() ?? [])]
  }
}
