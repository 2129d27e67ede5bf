// The page at `/`: passes the events of the sandbox to the room list, the message log and the form.

import { compose } from './compose.js'
import { messageLog } from './messages.js'
import { roomList } from './rooms.js'
import { byId, openEvents, showStatus } from './tools.js'

const messages = messageLog()
const rooms = roomList({ onChange: roomsChanged, onWrite: (room, peer) => form.writeTo(room, peer) })
const form = compose(rooms)

function roomsChanged() {
  form.roomsChanged()
  messages.setActiveRooms(rooms.names())
}

const events = openEvents()
const data = (event) => JSON.parse(event.data)
events.addEventListener('rooms', (event) => {
  rooms.set(data(event))
  messages.clear()
})
events.addEventListener('past', (event) => messages.add(data(event), 'past'))
events.addEventListener('now', (event) => {
  const item = data(event)
  if (item.kind === 'joined') rooms.add(item.room, item.peer)
  if (item.kind === 'left') rooms.remove(item.room, item.peer)
  messages.add(item, 'now')
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
