// Deals cards at a table, a 100ms room: each player gets two, which nobody else may see.
import { randomInt } from 'node:crypto'
import express from 'express'
import { RoomcastError, event } from 'roomcast'

const DECK = [...'♠♥♦♣'].flatMap((suit) => [...'23456789TJQKA'].map((rank) => rank + suit))

const shuffled = (deck) => deck.map((card) => [randomInt(2 ** 40), card]).sort().map(([, card]) => card)

/** @param {import('roomcast').Client} client */
export function createApp(client) {
  const app = express()

  app.post('/tables/:roomId/deal', async ({ params: { roomId } }, response) => {
    const deck = shuffled(DECK)
    const players = await client.listPeers(roomId, { role: 'player' })
    for (const { peerId } of players) {
      await client.sendToPeer(roomId, peerId, event('cards', deck.splice(0, 2)))
    }
    await client.broadcast(roomId, event('dealt', { players: players.length }))
    response.json({ players: players.length })
  })

  app.use((error, request, response, next) => {
    if (!(error instanceof RoomcastError)) return next(error)
    // Who was dealt cards that may not have arrived must not get others: the hand is off.
    response.status(error.kind === 'not_found' ? 404 : 502).json({ kind: error.kind, outcome: error.outcome })
  })
  return app
}
