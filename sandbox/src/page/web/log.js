// The log: newest first, with its filters.

import { PresenceEntry, SentEntry, WebhookEntry } from './entries.js'
import { byId, oncePerFrame } from './tools.js'

/** As many entries as are shown at most. */
const MAX_SHOWN = 300

export function activityLog() {
  const list = byId('log')
  const [room, kind, outcome, text] = ['filter', 'filter-kind', 'filter-outcome', 'filter-text'].map(byId)
  let activeRooms = []
  let shownRooms = ''
  // Oldest first. Entries are drawn together, at most once per animation frame.
  let entries = []
  let queue = []
  // By the id of the message, and of the webhook: what follows about it is added to its entry.
  const byMessage = new Map()
  const byWebhook = new Map()

  function isShown(entry) {
    const words = text.value.trim().toLowerCase()
    return (
      (room.value === '' || room.value === entry.room) &&
      (kind.value === '' || kind.value === entry.kind) &&
      (outcome.value === '' || outcome.value === entry.outcome) &&
      (words === '' || entry.searched.toLowerCase().includes(words))
    )
  }

  const show = (entry) => {
    entry.element.hidden = !isShown(entry)
  }

  /** The new entry of an item; null if it belongs to an entry that is there. */
  function entryOf(item) {
    if (item.kind === 'message') {
      const entry = new SentEntry(item, null)
      byMessage.set(item.message_id, entry)
      return entry
    }
    if (item.kind === 'request') {
      const known = byMessage.get(item.request.message_id)
      if (!known) return new SentEntry(null, item.request)
      known.complete(item.request)
      show(known)
      makeScrollable(known.element)
      return null
    }
    if (item.kind === 'webhook') {
      const known = byWebhook.get(item.id)
      if (known) {
        known.add(item)
        show(known)
        return null
      }
      const entry = new WebhookEntry(item)
      byWebhook.set(item.id, entry)
      return entry
    }
    return new PresenceEntry(item)
  }

  function draw() {
    const made = queue.map(entryOf).filter(Boolean)
    queue = []
    entries.push(...made)
    made.forEach(show)
    list.prepend(...made.map((entry) => entry.element).reverse())
    for (const old of entries.splice(0, Math.max(0, entries.length - MAX_SHOWN))) {
      old.element.remove()
      if (old.message) byMessage.delete(old.message.message_id)
      if (old.item) byWebhook.delete(old.item.id)
    }
    made.forEach((entry) => makeScrollable(entry.element))
    updateRooms()
    updateHint()
  }
  const drawSoon = oncePerFrame(draw)

  function updateRooms() {
    const names = new Set([...activeRooms, ...entries.map((entry) => entry.room)].filter(Boolean))
    // The selected room stays, even if it has no entries left.
    if (room.value !== '') names.add(room.value)
    const sorted = [...names].sort()
    // Unchanged options are not replaced, since the user may have the list open.
    const serialized = JSON.stringify(sorted)
    if (serialized === shownRooms) return
    shownRooms = serialized
    const options = sorted.map((name) => new Option(name, name, false, name === room.value))
    room.replaceChildren(new Option('all rooms', '', false, room.value === ''), ...options)
  }

  function updateHint() {
    const isFiltered = [room, kind, outcome, text].some((field) => field.value.trim() !== '')
    const hint = byId('no-messages')
    hint.hidden = entries.some((entry) => !entry.element.hidden)
    hint.textContent = isFiltered && entries.length > 0
      ? 'Nothing that these filters let through.'
      : 'Nothing yet. Every message, request and webhook will be here, the newest at the top.'
    byId('clear-filters').hidden = !isFiltered
  }

  function filter() {
    entries.forEach(show)
    updateRooms()
    updateHint()
  }
  for (const field of [room, kind, outcome]) field.addEventListener('change', filter)
  text.addEventListener('input', oncePerFrame(filter))
  byId('clear-filters').addEventListener('click', () => {
    for (const field of [room, kind, outcome, text]) field.value = ''
    filter()
    text.focus()
  })

  return {
    /** Removes all entries. */
    clear() {
      queue = []
      entries = []
      byMessage.clear()
      byWebhook.clear()
      list.replaceChildren()
      // Screen readers announce new events only, not past ones.
      list.setAttribute('aria-live', 'off')
      drawSoon()
    },
    add(item, when) {
      if (when === 'now') list.setAttribute('aria-live', 'polite')
      queue.push(item)
      // A hidden tab draws nothing. Each entry may have several items.
      if (queue.length > 4 * MAX_SHOWN) queue.shift()
      drawSoon()
    },
    setActiveRooms(names) {
      activeRooms = names
      drawSoon()
    }
  }
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
