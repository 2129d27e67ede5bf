// Sends emoji reactions to everyone in a room, one after the other.
//   HMS_ACCESS_KEY=… HMS_SECRET=… node reactions.js <room id> 👏 🎉
import { Client, RoomcastError } from 'roomcast'

const [roomId, ...emojis] = process.argv.slice(2)
if (roomId === undefined) {
  console.error('usage: reactions.js <room id> <emoji>...')
  process.exit(2)
}
try {
  // A short deadline: a late reaction is useless.
  const client = new Client({ timeoutMs: 2000 })
  for (const emoji of emojis) {
    await client.broadcast(roomId, emoji, { type: 'emoji' })
    console.log(emoji)
  }
} catch (error) {
  if (!(error instanceof RoomcastError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
