// The sandbox's page: what it is told, and where that goes.

import { compose } from './compose.js'
import { messageLog } from './messages.js'
import { roomList } from './rooms.js'
import { byId, say, watch } from './tools.js'

const messages = messageLog()
const rooms = roomList({ onChange: changed, onWrite: (room, peer) => form.writeTo(room, peer) })
const form = compose(rooms)

function changed() {
  form.roomsChanged()
  messages.roomsAre(rooms.names())
}

const events = watch()
const data = (event) => JSON.parse(event.data)
events.addEventListener('rooms', (event) => {
  rooms.set(data(event))
  messages.begin()
})
events.addEventListener('past', (event) => messages.add(data(event), 'past'))
events.addEventListener('now', (event) => {
  const item = data(event)
  if (item.kind === 'joined') rooms.add(item.room, item.peer)
  if (item.kind === 'left') rooms.remove(item.room, item.peer)
  messages.add(item, 'now')
})
events.addEventListener('open', () => say(byId('connection'), 'Live', 'good'))
events.addEventListener('error', () => {
  const over = events.readyState === EventSource.CLOSED
  say(byId('connection'), over ? 'The sandbox was started anew.' : 'The sandbox does not answer. Trying again…', 'bad')
  byId('reload').hidden = !over
})
byId('reload').addEventListener('click', () => location.reload())
