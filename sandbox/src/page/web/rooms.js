// The rooms, and who is in them.

import { byId, counted, element, quoted } from './tools.js'

/** `onWrite(room, peer)` is called when a person wants to write to a room, or to one peer in it. */
export function roomList({ onChange, onWrite }) {
  // Elements are kept and changed one by one, so that the keyboard's focus stays where it is.
  const rooms = new Map()
  const list = byId('room-list')

  function remove(made) {
    if (made.contains(document.activeElement)) byId('rooms-title').focus()
    made.remove()
  }

  function write(label, room, peer) {
    const button = element('button', { type: 'button', 'aria-label': label }, 'Write')
    button.addEventListener('click', () => onWrite(room, peer))
    return button
  }

  function newRoom(name) {
    const count = element('span', { class: 'hint' })
    const peers = element('ul', { class: 'plain peers' })
    const join = element(
      'a',
      { class: 'button', href: `/peer?${new URLSearchParams({ room: name })}`, target: '_blank', rel: 'noopener' },
      'Join',
      element('span', { class: 'unseen' }, ' ', quoted(name), ' (opens a new tab)')
    )
    const made = element(
      'li',
      { class: 'card' },
      element(
        'div',
        { class: 'row' },
        element('h3', {}, quoted(name)),
        count,
        element('div', { class: 'actions' }, write(`Write to everyone in ${name}`, name), join)
      ),
      peers
    )
    list.append(made)
    return { made, count, list: peers, peers: new Map() }
  }

  function newPeer(room, peer) {
    const name = peer.name || peer.user_id
    return element(
      'li',
      {},
      element('div', {}, quoted(name, 'name'), ' ', quoted(peer.role, 'role')),
      write(`Write to ${name} alone`, room, peer),
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

  function drop(name, peer) {
    const room = rooms.get(name)
    const known = room?.peers.get(peer.peer_id)
    if (!known) return
    room.peers.delete(peer.peer_id)
    if (room.peers.size === 0) {
      rooms.delete(name)
      remove(room.made)
    } else {
      remove(known.made)
    }
    changed(room)
  }

  function changed(room) {
    room.count.textContent = counted(room.peers.size, 'peer')
    byId('no-rooms').hidden = rooms.size > 0
    onChange()
  }

  return {
    add,
    remove: drop,
    /** These rooms there are, and no others. */
    set(all) {
      const there = new Map(all.map(({ room, peers }) => [room, new Set(peers.map((peer) => peer.peer_id))]))
      for (const [name, room] of [...rooms]) {
        for (const peer of [...room.peers.values()]) {
          if (!there.get(name)?.has(peer.peer_id)) drop(name, peer)
        }
      }
      for (const { room, peers } of all) peers.forEach((peer) => add(room, peer))
    },
    names: () => [...rooms.keys()],
    peers: (name) => [...(rooms.get(name)?.peers.values() ?? [])]
  }
}
