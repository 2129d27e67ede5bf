// Sends the text of a POST to everyone in a room: /send?room=<id>.
import { Client } from 'roomcast'

// At build time there are no credentials: the client is created by the first request.
let client

export async function POST(request) {
  client ??= new Client()
  const { message } = await client.broadcast(request.nextUrl.searchParams.get('room'), await request.text())
  return Response.json({ message })
}
