// What happens, the newest first.

import { audience, byId, clock, counted, element, quoted } from './tools.js'

/** So much is shown at once: as much as the sandbox keeps. */
const MOST = 300

export function messageLog() {
  const log = byId('log')
  const filter = byId('filter')
  let active = []
  let offered = ''
  // Drawn together, once a frame, however fast they come.
  let waiting = []

  const isShown = (room) => filter.value === '' || filter.value === room

  function draw() {
    const made = waiting.map((item) => {
      const entry = item.kind === 'message' ? message(item) : coming(item)
      entry.dataset.room = item.room
      entry.hidden = !isShown(item.room)
      return entry
    })
    waiting = []
    log.prepend(...made.reverse())
    while (log.children.length > MOST) log.lastChild.remove()
    made.forEach(reachByKeyboard)
    offerRooms()
    sayIfEmpty()
  }

  function offerRooms() {
    const names = new Set([...active, ...[...log.children].map((entry) => entry.dataset.room)])
    // The one that is chosen stays, even if nothing of it is left.
    if (filter.value !== '') names.add(filter.value)
    const sorted = [...names].sort()
    // A list that a person has open stays as it is as long as nothing in it changes.
    const offer = JSON.stringify(sorted)
    if (offer === offered) return
    offered = offer
    const options = sorted.map((name) => new Option(name, name, false, name === filter.value))
    filter.replaceChildren(new Option('all rooms', '', false, filter.value === ''), ...options)
  }

  function sayIfEmpty() {
    byId('no-messages').hidden = [...log.children].some((entry) => !entry.hidden)
  }

  let asked = false
  function drawSoon() {
    if (asked) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      draw()
    })
  }

  filter.addEventListener('change', () => {
    for (const entry of log.children) entry.hidden = !isShown(entry.dataset.room)
    offerRooms()
    sayIfEmpty()
  })

  return {
    /** Everything is told anew. */
    begin() {
      waiting = []
      log.replaceChildren()
      // Screen readers are told what happens from now on, and not the past.
      log.setAttribute('aria-live', 'off')
    },
    add(item, when) {
      if (when === 'now') log.setAttribute('aria-live', 'polite')
      waiting.push(item)
      // Nothing is drawn in a tab that is not seen.
      if (waiting.length > MOST) waiting.shift()
      drawSoon()
    },
    roomsAre(names) {
      active = names
      drawSoon()
    }
  }
}

function message(item) {
  const meta = element('div', { class: 'meta' }, clock(item.at), quoted(item.room, 'room'), to(item.to))
  if (item.type !== null) meta.append(element('span', { class: 'type' }, 'type ', quoted(item.type)))
  const text = element('p', { class: 'text', dir: 'auto' }, item.text)
  const facts = [item.from === null ? 'from the server API' : from(item.from), ' · ']
  facts.push(item.reached === 0 ? element('strong', {}, 'reached nobody') : `reached ${counted(item.reached, 'peer')}`)
  if (!item.is_whole) facts.push(` · the beginning of ${counted(item.bytes, 'byte')}`)
  return element('li', { class: 'card' }, meta, text, element('div', { class: 'hint' }, ...facts))
}

const nameOf = (peer) => quoted(peer.name || peer.user_id, 'name')

const from = (peer) => element('span', {}, 'from ', nameOf(peer))

function to(target) {
  if (target.kind === 'everyone') return audience('everyone', 'to everyone')
  if (target.kind === 'roles') return audience('role', 'to role ', quoted(target.roles))
  return audience('peer', 'to ', nameOf(target.peer), ' alone')
}

function coming(item) {
  const verb = item.kind === 'joined' ? [' joined as ', quoted(item.peer.role, 'role')] : [` left: ${item.reason}`]
  return element(
    'li',
    { class: 'coming' },
    clock(item.at),
    quoted(item.room, 'room'),
    element('span', {}, nameOf(item.peer), ...verb)
  )
}

/** A text that is too long to be seen at once can be scrolled with keys. */
function reachByKeyboard(entry) {
  const text = entry.querySelector('.text')
  if (text && text.scrollHeight > text.clientHeight + 1) {
    text.tabIndex = 0
    text.setAttribute('role', 'group')
    text.setAttribute('aria-label', 'A long message')
  }
}
