// Sends a message to everyone in a room: app.js <room id> <message>
import { Client } from 'roomcast'

const [roomId, message] = process.argv.slice(2)
const client = new Client()
const result = await client.broadcast(roomId, message)
console.log(result.message)
