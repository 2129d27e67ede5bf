// Compiled only: the same types in CommonJS.
import roomcast = require('roomcast')
import testing = require('roomcast/testing')

export const client: roomcast.Client = new roomcast.Client()
export const options: roomcast.SendMessageOptions = { peerId: 'p1' }
export const error: roomcast.RoomcastError = new roomcast.RoomcastError('text', {
  kind: 'timeout',
  outcome: 'unknown',
  attempts: 1
})
export const fake: roomcast.Client = new testing.FakeClient()
