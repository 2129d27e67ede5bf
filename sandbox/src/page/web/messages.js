// The log of messages, joins and leaves, newest first.

import { audienceLabel, byId, count, element, timeOfDay, userText } from './tools.js'

/** As many entries as the sandbox keeps. */
const MAX_SHOWN = 300

export function messageLog() {
  const log = byId('log')
  const filter = byId('filter')
  let activeRooms = []
  let shownRooms = ''
  // Items are drawn together, at most once per animation frame.
  let queue = []

  const isShown = (room) => filter.value === '' || filter.value === room

  function draw() {
    const made = queue.map((item) => {
      const entry = item.kind === 'message' ? messageEntry(item) : presenceEntry(item)
      entry.dataset.room = item.room
      entry.hidden = !isShown(item.room)
      return entry
    })
    queue = []
    log.prepend(...made.reverse())
    while (log.children.length > MAX_SHOWN) log.lastChild.remove()
    made.forEach(makeScrollable)
    updateFilter()
    updateHint()
  }

  function updateFilter() {
    const names = new Set([...activeRooms, ...[...log.children].map((entry) => entry.dataset.room)])
    // The selected room stays, even if it has no entries left.
    if (filter.value !== '') names.add(filter.value)
    const sorted = [...names].sort()
    // Unchanged options are not replaced, since the user may have the list open.
    const serialized = JSON.stringify(sorted)
    if (serialized === shownRooms) return
    shownRooms = serialized
    const options = sorted.map((name) => new Option(name, name, false, name === filter.value))
    filter.replaceChildren(new Option('all rooms', '', false, filter.value === ''), ...options)
  }

  function updateHint() {
    byId('no-messages').hidden = [...log.children].some((entry) => !entry.hidden)
  }

  let scheduled = false
  function drawSoon() {
    if (scheduled) return
    scheduled = true
    requestAnimationFrame(() => {
      scheduled = false
      draw()
    })
  }

  filter.addEventListener('change', () => {
    for (const entry of log.children) entry.hidden = !isShown(entry.dataset.room)
    updateFilter()
    updateHint()
  })

  return {
    /** Removes all entries. */
    clear() {
      queue = []
      log.replaceChildren()
      // Screen readers announce new events only, not past ones.
      log.setAttribute('aria-live', 'off')
    },
    add(item, when) {
      if (when === 'now') log.setAttribute('aria-live', 'polite')
      queue.push(item)
      // A hidden tab draws nothing.
      if (queue.length > MAX_SHOWN) queue.shift()
      drawSoon()
    },
    setActiveRooms(names) {
      activeRooms = names
      drawSoon()
    }
  }
}

function messageEntry(item) {
  const meta = element('div', { class: 'meta' }, timeOfDay(item.at), userText(item.room, 'room'), to(item.to))
  if (item.type !== null) meta.append(element('span', { class: 'type' }, 'type ', userText(item.type)))
  const text = element('p', { class: 'text', dir: 'auto' }, item.text)
  const facts = [item.from === null ? 'from the server API' : from(item.from), ' · ']
  facts.push(item.reached === 0 ? element('strong', {}, 'reached nobody') : `reached ${count(item.reached, 'peer')}`)
  if (!item.is_whole) facts.push(` · the beginning of ${count(item.bytes, 'byte')}`)
  return element('li', { class: 'card' }, meta, text, element('div', { class: 'hint' }, ...facts))
}

const nameOf = (peer) => userText(peer.name || peer.user_id, 'name')

const from = (peer) => element('span', {}, 'from ', nameOf(peer))

function to(target) {
  if (target.kind === 'everyone') return audienceLabel('everyone', 'to everyone')
  if (target.kind === 'roles') return audienceLabel('role', 'to role ', userText(target.roles))
  return audienceLabel('peer', 'to ', nameOf(target.peer), ' alone')
}

function presenceEntry(item) {
  const verb = item.kind === 'joined' ? [' joined as ', userText(item.peer.role, 'role')] : [` left: ${item.reason}`]
  return element(
    'li',
    { class: 'coming' },
    timeOfDay(item.at),
    userText(item.room, 'room'),
    element('span', {}, nameOf(item.peer), ...verb)
  )
}

/** Makes a long text focusable, so that it can be scrolled with the keyboard. */
function makeScrollable(entry) {
  const text = entry.querySelector('.text')
  if (text && text.scrollHeight > text.clientHeight + 1) {
    text.tabIndex = 0
    text.setAttribute('role', 'group')
    text.setAttribute('aria-label', 'A long message')
  }
}
