// Sends a chat message to everyone in a room: the teacher cannot come.
//   HMS_ACCESS_KEY=… HMS_SECRET=… node classroom.js <room id> <message>
import { Client, RoomcastError, chat } from 'roomcast'

const [roomId, message] = process.argv.slice(2)
if (process.argv.length !== 4) {
  console.error('usage: classroom.js <room id> <message>')
  process.exit(2)
}
try {
  // In the chat of 100ms's Prebuilt, which shows nothing else.
  await new Client().broadcast(roomId, chat(message))
  console.log('100ms accepted the message for everyone in the room')
} catch (error) {
  if (!(error instanceof RoomcastError)) throw error
  console.error(error.message)
  // Exit code 3: the outcome is unknown. If it is sent again, people may see it twice.
  process.exitCode = error.outcome === 'unknown' ? 3 : 1
}
