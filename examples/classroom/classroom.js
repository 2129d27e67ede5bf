// Tells everybody in a classroom that the teacher cannot come.
//   HMS_ACCESS_KEY=… HMS_SECRET=… node classroom.js <room id> <message>
import { Client, RoomcastError } from 'roomcast'

const [roomId, message] = process.argv.slice(2)
if (process.argv.length !== 4) {
  console.error('usage: classroom.js <room id> <message>')
  process.exit(2)
}
try {
  // 100ms's own web page shows messages of the type "chat", and no others.
  await new Client().broadcast(roomId, message, { type: 'chat' })
  console.log('100ms took the message for everybody in the room')
} catch (error) {
  if (!(error instanceof RoomcastError)) throw error
  console.error(error.message)
  // 3: some may have seen it, and sending it again may show it to them twice.
  process.exitCode = error.outcome === 'unknown' ? 3 : 1
}
