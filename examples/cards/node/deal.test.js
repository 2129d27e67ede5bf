// With Vitest: vitest run
import { once } from 'node:events'
import { useSandbox } from 'roomcast/testing'
import * as vitest from 'vitest'
import { createApp } from './app.js'

const { afterEach, expect, test } = vitest
const sandbox = useSandbox(vitest)
let server

/** Deals at the table `room`, as a client of the app does. */
async function deal() {
  server = createApp(sandbox().client()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return await fetch(`http://127.0.0.1:${server.address().port}/tables/room/deal`, { method: 'POST' })
}

afterEach(() => server?.close())

test('each player gets two cards, which nobody else sees', async () => {
  const ann = await sandbox().join('room', { role: 'player', userId: 'ann' })
  const bob = await sandbox().join('room', { role: 'player', userId: 'bob' })
  const eve = await sandbox().join('room', { role: 'viewer', userId: 'eve' })
  const response = await deal()
  expect([response.status, await response.json()]).toEqual([200, { players: 2 }])

  const hands = []
  for (const player of [ann, bob]) {
    const [cards, dealt] = await player.received({ count: 2 })
    expect([cards.type, dealt.type]).toEqual(['cards', 'dealt'])
    hands.push(...JSON.parse(cards.message))
    await player.expectNothing()
  }
  expect(new Set(hands).size).toBe(4)
  const [dealt] = await eve.received()
  expect(dealt).toMatchObject({ type: 'dealt', message: '{"players":2}' })
  await eve.expectNothing()
})

test('an empty table has nobody to deal to', async () => {
  const response = await deal()
  expect([response.status, await response.json()]).toEqual([404, { kind: 'not_found', outcome: 'rejected' }])
})

test('if 100ms fails, the hand is off', async () => {
  const ann = await sandbox().join('room', { role: 'player' })
  await sandbox().fault({ kind: 'status', status: 500 })
  const response = await deal()
  expect([response.status, await response.json()]).toEqual([502, { kind: 'server', outcome: 'unknown' }])
  await ann.expectNothing()
})
