// Compiled only: the same types in CommonJS.
import roomcast = require('roomcast')

export const client: roomcast.Client = new roomcast.Client()
export const options: roomcast.SendMessageOptions = { peerId: 'p1' }
export const error: roomcast.RoomcastError = new roomcast.RoomcastError('text', {
  kind: 'timeout',
  outcome: 'unknown',
  attempts: 1
})
