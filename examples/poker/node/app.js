// The server of a poker table, with Express: it gets joins and leaves by webhook, and sends each player their cards.
//   HMS_ACCESS_KEY=… HMS_SECRET=… POKER_WEBHOOK_SECRET=… POKER_KEY=… PORT=3000 node app.js
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import express from 'express'
import { Client, RoomcastError, WebhookError, Webhooks, event } from 'roomcast'
import { Refused } from './table.js'
import { BadRoomId, Tables } from './tables.js'

const { POKER_KEY, POKER_STATE = 'poker-state', POKER_WEBHOOK_SECRET, PORT = '3000' } = process.env
if (!POKER_KEY) throw new Error('POKER_KEY is not set')
// The value of the header that is set for the webhook in 100ms's dashboard.
const webhooks = new Webhooks({ secret: POKER_WEBHOOK_SECRET })
// A player may get their own cards twice without harm: every message contains the number of its hand.
const client = new Client({ retryUnknown: true })
const tables = new Tables(POKER_STATE)
const app = express()

// --- sending ---

/** By room, the last call of sendDue: calls for one room run one after the other. */
const sending = new Map()

/** Sends all due messages of a room. What fails stays due, and is retried at the next event, call or start. */
function sendDue(roomId) {
  const current = (sending.get(roomId) ?? Promise.resolve()).then(async () => {
    for (let due; (due = tables.of(roomId).due()).length > 0; ) {
      const delivered = await Promise.all(due.map((send) => deliver(roomId, send)))
      if (!delivered.every(Boolean)) return
    }
  })
  // A failed call must not block later ones.
  sending.set(roomId, current.catch(() => {}))
  return current
}

async function deliver(roomId, send) {
  // The page listens with useCustomEvent({ type: 'custom_event', onEvent }).
  const message = event('custom_event', send.message)
  try {
    // Not sendMessage with an optional peer id: without one it would broadcast the cards.
    if (send.peerId === undefined) await client.broadcast(roomId, message)
    else await client.sendToPeer(roomId, send.peerId, message)
  } catch (error) {
    if (!(error instanceof RoomcastError)) throw error
    if (error.kind !== 'not_found') console.error(error.message)
    // A peer that is not found has left, and its webhook will follow: then the message is no longer due. A broadcast to
    // a room without peers counts as sent.
    if (error.kind !== 'not_found' || send.peerId !== undefined) return false
  }
  tables.of(roomId).markSent(send)
  tables.save(roomId)
  return true
}

// --- webhooks ---

app.post('/webhooks/100ms', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
  const posted = webhooks.read(request.get('x-webhook-secret'), request.body ?? '')
  // Other event types are accepted and ignored.
  const isPeerEvent = posted.type === 'peer.join.success' || posted.type === 'peer.leave.success'
  if (isPeerEvent) {
    tables.of(posted.roomId).apply(posted)
    tables.save(posted.roomId)
  }
  // Respond first: 100ms does not need to wait until the cards are sent.
  response.json({ heard: posted.type })
  if (isPeerEvent) sendDue(posted.roomId).catch(console.error)
})

// --- the owner's API: called by your own server, which knows whose turn it is ---

const digest = (text) => createHash('sha256').update(text).digest()

app.use('/rooms', (request, response, next) => {
  const given = digest(request.get('authorization') ?? '')
  if (timingSafeEqual(given, digest(`Bearer ${POKER_KEY}`))) return next()
  response.status(401).json({ error: 'Authorization must be Bearer and the POKER_KEY' })
})

app.get('/rooms/:roomId', ({ params: { roomId } }, response) => {
  const table = tables.of(roomId)
  response.json({ seats: table.seats(), hand: table.hand, players: Object.keys(table.cards) })
})

app.post('/rooms/:roomId/hands', async ({ params: { roomId } }, response) => {
  const players = tables.of(roomId).deal()
  await saveAndSend(roomId)
  response.json({ hand: tables.of(roomId).hand, players })
})

app.post('/rooms/:roomId/bets', express.json(), async ({ params: { roomId }, body }, response) => {
  const { user_id: userId, amount } = body ?? {}
  if (typeof userId !== 'string' || !Number.isInteger(amount) || amount < 1 || amount > 1_000_000) {
    return response.status(422).json({ error: 'user_id is text, and amount a whole number from 1 to 1000000' })
  }
  const bet = tables.of(roomId).bet(userId, amount)
  await saveAndSend(roomId)
  response.json({ bet })
})

app.post('/rooms/:roomId/showdown', async ({ params: { roomId } }, response) => {
  const show = tables.of(roomId).showdown()
  await saveAndSend(roomId)
  response.json(show)
})

async function saveAndSend(roomId) {
  // Saved first: otherwise a crash could lose cards that were already sent.
  tables.save(roomId)
  await sendDue(roomId)
}

/** Express recognises an error handler by its four parameters. Express's own errors, such as 413, have a status. */
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error)
  const status = error instanceof Refused ? 409 : error instanceof BadRoomId ? 400 : (error.status ?? 500)
  if (status >= 500) console.error(error)
  const text = status < 500 || error instanceof WebhookError ? error.message : 'internal error; see the log'
  response.status(status).json({ error: text })
})

// --- starting and stopping ---

await Promise.all(tables.roomIds.map(catchUp))
const server = app.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
console.log(`listening on http://127.0.0.1:${server.address().port}`)
// Messages that were due when the server stopped.
for (const roomId of tables.roomIds) sendDue(roomId).catch(console.error)

/** Queries who is in a room. Events may be missing: 100ms drops a webhook after 14 s of retries. */
async function catchUp(roomId) {
  try {
    const queries = [client.getRoom(roomId), client.listPeers(roomId, { role: 'player' })]
    tables.of(roomId).reconcile(...(await Promise.all(queries)))
  } catch (error) {
    if (!(error instanceof RoomcastError)) throw error
    if (error.kind !== 'not_found') return console.error(error.message)
    tables.of(roomId).reconcile(undefined, [])
  }
  tables.save(roomId)
}

/** How long requests in flight may take to end. */
const STOPPING_MS = 5000

process.once('SIGTERM', async () => {
  server.close()
  server.closeIdleConnections()
  // For Node, a connection without a request yet is not idle, so it would block the end.
  setTimeout(() => server.closeAllConnections(), STOPPING_MS).unref()
  await once(server, 'close')
  await client[Symbol.asyncDispose]()
})
