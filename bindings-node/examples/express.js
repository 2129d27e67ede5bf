// roomcast in an Express server:
//   HMS_ACCESS_KEY=… HMS_SECRET=… PORT=3000 node express.js
//   curl localhost:3000/rooms/<room id>/peers/<peer id>/messages -H 'content-type: application/json' -d '{"message":"hi"}'
import { once } from 'node:events'
import express from 'express'
import { Client, RoomcastError, chat } from 'roomcast'
import { responseFor } from './errors.js'

const client = new Client() // one for the whole process, created before the server listens
const app = express().use(express.json())

// One route for each audience, so that a missing peer id never means everyone.
app.post('/rooms/:roomId/peers/:peerId/messages', async (request, response) => {
  const { roomId, peerId } = request.params
  response.json(await client.sendToPeer(roomId, peerId, chat(request.body?.message)))
})

app.post('/rooms/:roomId/messages', async (request, response) => {
  response.json(await client.broadcast(request.params.roomId, chat(request.body?.message)))
})

// Express 5 passes rejections of handlers to this. An error handler is recognised by its four parameters.
app.use((error, request, response, next) => {
  if (!(error instanceof RoomcastError)) return next(error)
  console.error(error)
  const { status, headers, body } = responseFor(error)
  response.status(status).set(headers).json(body)
})

const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1')
await once(server, 'listening')
console.log(`listening on ${server.address().port}`)

process.once('SIGTERM', async () => {
  server.close() // accepted requests are completed, and so are their sends
  await once(server, 'close')
  await client[Symbol.asyncDispose]()
})
