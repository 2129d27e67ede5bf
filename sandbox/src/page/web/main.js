// The page at `/`: passes the events of the sandbox to the room list, the phones, the log, the form and the faults.

import { compose } from './compose.js'
import { demoRoom } from './demo.js'
import { faultPanel } from './faults.js'
import { activityLog } from './log.js'
import { roomList } from './rooms.js'
import { byId, openEvents, showStatus } from './tools.js'

const log = activityLog()
const rooms = roomList({ onChange: roomsChanged, onWrite: (room, peer) => form.writeTo(room, peer) })
const form = compose(rooms)
const demo = demoRoom(rooms, { onStart: (room) => form.writeTo(room) })
const faults = faultPanel()

function roomsChanged() {
  form.roomsChanged()
  demo.roomsChanged()
  log.setActiveRooms(rooms.names())
}

const events = openEvents()
const data = (event) => JSON.parse(event.data)
events.addEventListener('rooms', (event) => {
  rooms.set(data(event))
  log.clear()
  faults.refresh()
})
events.addEventListener('past', (event) => {
  const item = data(event)
  if (item.kind === 'message') rooms.receive(item, 'past')
  log.add(item, 'past')
})
events.addEventListener('now', (event) => {
  const item = data(event)
  if (item.kind === 'joined') rooms.add(item.room, item.peer)
  if (item.kind === 'left') rooms.remove(item.room, item.peer)
  if (item.kind === 'message') rooms.receive(item, 'now')
  // What is left of a fault has changed.
  if (item.kind === 'request' && item.request.fault !== undefined) faults.refresh()
  log.add(item, 'now')
})
events.addEventListener('open', () => showStatus(byId('connection'), 'Live', 'success'))
events.addEventListener('error', () => {
  // A closed stream means that the sandbox rejected the page token. Otherwise the browser reconnects.
  const closed = events.readyState === EventSource.CLOSED
  const text = closed ? 'The sandbox was restarted.' : 'The sandbox does not answer. Retrying…'
  showStatus(byId('connection'), text, 'error')
  byId('reload').hidden = !closed
})
byId('reload').addEventListener('click', () => location.reload())
