// Lets emojis fly over the room, one after the other, as 100ms's Prebuilt shows them. They have emoji-mart's ids.
//   HMS_ACCESS_KEY=… HMS_SECRET=… node reactions.js <room id> clap tada
import { Client, RoomcastError, reaction } from 'roomcast'

const [roomId, ...emojiIds] = process.argv.slice(2)
if (roomId === undefined) {
  console.error('usage: reactions.js <room id> <emoji id>...')
  process.exit(2)
}
try {
  // A short deadline: a late reaction is useless.
  const client = new Client({ timeoutMs: 2000 })
  for (const emojiId of emojiIds) {
    await client.broadcast(roomId, reaction(emojiId))
    console.log(emojiId)
  }
} catch (error) {
  if (!(error instanceof RoomcastError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
