// A function as AWS Lambda calls it: {"room": …, "text": …} is sent to everyone in the room.
import { Client } from 'roomcast'

const client = new Client()

export async function handler({ room, text }) {
  const { message } = await client.broadcast(room, text)
  return { message }
}
