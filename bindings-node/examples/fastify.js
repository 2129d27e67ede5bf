// roomcast in a Fastify server:
//   HMS_ACCESS_KEY=… HMS_SECRET=… PORT=3000 node fastify.js
//   curl localhost:3000/rooms/<room id>/peers/<peer id>/messages -H 'content-type: application/json' -d '{"message":"hi"}'
import fastify from 'fastify'
import { Client, RoomcastError, chat } from 'roomcast'
import { responseFor } from './errors.js'

const app = fastify({ logger: { level: 'error', stream: process.stderr } })
const client = new Client() // one for the whole process, created before the server listens
app.addHook('onClose', () => client[Symbol.asyncDispose]())

const schema = {
  body: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } }
}

// One route for each audience, so that a missing peer id never means everyone.
app.post('/rooms/:roomId/peers/:peerId/messages', { schema }, async ({ params, body }) => {
  return client.sendToPeer(params.roomId, params.peerId, chat(body.message))
})

app.post('/rooms/:roomId/messages', { schema }, async ({ params, body }) => {
  return client.broadcast(params.roomId, chat(body.message))
})

app.setErrorHandler((error, request, reply) => {
  if (!(error instanceof RoomcastError)) return reply.send(error)
  request.log.error(error)
  const { status, headers, body } = responseFor(error)
  return reply.code(status).headers(headers).send(body)
})

await app.listen({ port: process.env.PORT ?? 3000, host: '127.0.0.1' })
console.log(`listening on ${app.server.address().port}`)

process.once('SIGTERM', () => app.close())
