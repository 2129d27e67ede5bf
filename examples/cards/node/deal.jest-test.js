// With Jest: node --experimental-vm-modules node_modules/jest/bin/jest.js
import { once } from 'node:events'
import * as jest from '@jest/globals'
import { useSandbox } from 'roomcast/testing'
import { createApp } from './app.js'

const { afterEach, expect, test } = jest
const sandbox = useSandbox(jest)
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
  expect((await deal()).status).toBe(200)
  const hands = []
  for (const player of [ann, bob]) {
    const [cards, dealt] = await player.received({ count: 2 })
    expect([cards.type, dealt.type]).toEqual(['cards', 'dealt'])
    hands.push(...JSON.parse(cards.message))
    await player.expectNothing()
  }
  expect(new Set(hands).size).toBe(4)
})

test('if 100ms fails, the hand is off', async () => {
  const ann = await sandbox().join('room', { role: 'player' })
  await sandbox().fault({ kind: 'status', status: 500 })
  const response = await deal()
  expect([response.status, await response.json()]).toEqual([502, { kind: 'server', outcome: 'unknown' }])
  await ann.expectNothing()
})
