// With Node's own test runner: node --test deal.node-test.js
import assert from 'node:assert/strict'
import { once } from 'node:events'
import * as runner from 'node:test'
import { useSandbox } from 'roomcast/testing'
import { createApp } from './app.js'

const sandbox = useSandbox(runner)
let server

/** Deals at the table `room`, as a client of the app does. */
async function deal() {
  server = createApp(sandbox().client()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return await fetch(`http://127.0.0.1:${server.address().port}/tables/room/deal`, { method: 'POST' })
}

runner.afterEach(() => server?.close())

runner.test('each player gets two cards, which nobody else sees', async () => {
  const ann = await sandbox().join('room', { role: 'player', userId: 'ann' })
  const bob = await sandbox().join('room', { role: 'player', userId: 'bob' })
  assert.equal((await deal()).status, 200)
  const hands = []
  for (const player of [ann, bob]) {
    const [cards, dealt] = await player.received({ count: 2 })
    assert.deepEqual([cards.type, dealt.type], ['cards', 'dealt'])
    hands.push(...JSON.parse(cards.message))
    await player.expectNothing()
  }
  assert.equal(new Set(hands).size, 4)
})

runner.test('if 100ms fails, the hand is off', async () => {
  const ann = await sandbox().join('room', { role: 'player' })
  await sandbox().fault({ kind: 'status', status: 500 })
  const response = await deal()
  assert.deepEqual([response.status, await response.json()], [502, { kind: 'server', outcome: 'unknown' }])
  await ann.expectNothing()
})
