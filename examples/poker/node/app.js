// A poker table's server, with Express: 100ms tells it who is at the table, and it tells each player their own cards.
//   HMS_ACCESS_KEY=… HMS_SECRET=… POKER_WEBHOOK_SECRET=… POKER_KEY=… PORT=3000 node app.js
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import express from 'express'
import { Client, RoomcastError, WebhookError, Webhooks } from 'roomcast'
import { Refused } from './table.js'
import { BadRoomId, Tables } from './tables.js'

const { POKER_KEY, POKER_STATE = 'poker-state', POKER_WEBHOOK_SECRET, PORT = '3000' } = process.env
if (!POKER_KEY) throw new Error('POKER_KEY is not set')
// The value of the header that is set for the webhook in 100ms's dashboard.
const webhooks = new Webhooks({ secret: POKER_WEBHOOK_SECRET })
// To see one's own cards twice does no harm, and every message says which hand it is of.
const client = new Client({ retryUnknown: true })
const tables = new Tables(POKER_STATE)
const app = express()

// --- sending ---

/** One room's messages go out one round after the other. */
const rounds = new Map()

/** Sends what is due in a room, until nothing is. What fails stays due: for the next event, call or start. */
function tell(roomId) {
  const round = (rounds.get(roomId) ?? Promise.resolve()).then(async () => {
    for (let due; (due = tables.of(roomId).due()).length > 0; ) {
      const delivered = await Promise.all(due.map((send) => deliver(roomId, send)))
      if (!delivered.every(Boolean)) return
    }
  })
  // One that broke off holds up none of those after it.
  rounds.set(roomId, round.catch(() => {}))
  return round
}

async function deliver(roomId, send) {
  const text = JSON.stringify(send.message)
  const type = 'custom_event'
  try {
    // Never sendMessage with a peer id that may be missing: that would be a broadcast.
    if (send.peerId === undefined) await client.broadcast(roomId, text, { type })
    else await client.sendToPeer(roomId, send.peerId, text, { type })
  } catch (error) {
    if (!(error instanceof RoomcastError)) throw error
    if (error.kind !== 'not_found') console.error(error.message)
    // A peer that is not found has left, which we will hear: then it is due no more. A room without peers has nobody to
    // show it to.
    if (error.kind !== 'not_found' || send.peerId !== undefined) return false
  }
  tables.of(roomId).done(send)
  tables.save(roomId)
  return true
}

// --- what 100ms tells ---

app.post('/webhooks/100ms', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
  const event = webhooks.read(request.get('x-webhook-secret'), request.body ?? '')
  // Any other type is fine, and none of our business.
  const isOurs = event.type === 'peer.join.success' || event.type === 'peer.leave.success'
  if (isOurs) {
    tables.of(event.roomId).heard(event)
    tables.save(event.roomId)
  }
  // 100ms does not wait for the cards: it is answered first.
  response.json({ heard: event.type })
  if (isOurs) tell(event.roomId).catch(console.error)
})

// --- what the table's owner does: your own server, which knows whose turn it is ---

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
  await savedAndTold(roomId)
  response.json({ hand: tables.of(roomId).hand, players })
})

app.post('/rooms/:roomId/bets', express.json(), async ({ params: { roomId }, body }, response) => {
  const { user_id: userId, amount } = body ?? {}
  if (typeof userId !== 'string' || !Number.isInteger(amount) || amount < 1 || amount > 1_000_000) {
    return response.status(422).json({ error: 'user_id is text, and amount a whole number from 1 to 1000000' })
  }
  const bet = tables.of(roomId).bet(userId, amount)
  await savedAndTold(roomId)
  response.json({ bet })
})

app.post('/rooms/:roomId/showdown', async ({ params: { roomId } }, response) => {
  const show = tables.of(roomId).showdown()
  await savedAndTold(roomId)
  response.json(show)
})

async function savedAndTold(roomId) {
  // Saved first: cards that were sent and then forgotten would be dealt anew.
  tables.save(roomId)
  await tell(roomId)
}

/** Express knows it by its four arguments. Its own errors, such as a body that is too large, have a status. */
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error)
  const status = error instanceof Refused ? 409 : error instanceof BadRoomId ? 400 : (error.status ?? 500)
  if (status >= 500) console.error(error)
  const says = status < 500 || error instanceof WebhookError ? error.message : 'something broke, and the log says what'
  response.status(status).json({ error: says })
})

// --- starting and stopping ---

await Promise.all(tables.roomIds.map(catchUp))
const server = app.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
console.log(`listening on http://127.0.0.1:${server.address().port}`)
// What was due when the server stopped.
for (const roomId of tables.roomIds) tell(roomId).catch(console.error)

/** Asks who is in a room. After 14 s, 100ms gives up telling a server that is down. */
async function catchUp(roomId) {
  try {
    const asked = [client.getRoom(roomId), client.listPeers(roomId, { role: 'player' })]
    tables.of(roomId).found(...(await Promise.all(asked)))
  } catch (error) {
    if (!(error instanceof RoomcastError)) throw error
    if (error.kind !== 'not_found') return console.error(error.message)
    tables.of(roomId).found(undefined, [])
  }
  tables.save(roomId)
}

/** How long the requests under way have to end. */
const STOPPING_MS = 5000

process.once('SIGTERM', async () => {
  server.close()
  server.closeIdleConnections()
  // A connection on which no request has come yet is not idle to Node, and would be waited for.
  setTimeout(() => server.closeAllConnections(), STOPPING_MS).unref()
  await once(server, 'close')
  await client[Symbol.asyncDispose]()
})
