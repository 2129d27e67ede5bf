// The part of room queries that is JavaScript's: types and signals. The rules are tested by tests/cases/rooms.json.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import test from 'node:test'
import { Client } from '../index.mjs'

const peers = { peers: { p1: { id: 'p1', name: 'Ann', user_id: 'u1', metadata: '{}', role: 'host', joined_at: '2021-11-30T12:58:49.123999Z' } } }
const room = { id: 'r', name: 'n', customer_id: 'c', session: { id: 's', created_at: '2021-11-30T12:58:49Z', peers: ['p1', 'p2'] } }

/** A client, and a server that responds with `body`, or never if that is undefined. */
async function serveBody(context, body) {
  const server = createServer((request, response) => {
    server.emit('queried', request.url)
    if (body !== undefined) response.end(JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  context.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const baseUrl = `http://127.0.0.1:${server.address().port}/v2`
  return { server, client: new Client({ accessKey: 'k', secret: 's', baseUrl, timeoutMs: 60_000 }) }
}

test('peers are plain objects; their times are dates', async (context) => {
  const { client } = await serveBody(context, peers)
  assert.deepEqual(await client.listPeers('r', { userId: 'u1', role: 'host' }), [
    { peerId: 'p1', name: 'Ann', userId: 'u1', metadata: '{}', role: 'host', joinedAt: new Date('2021-11-30T12:58:49.123Z') }
  ])
  const many = await Promise.all(Array.from({ length: 100 }, () => client.listPeers('r')))
  assert.ok(many.every(([{ peerId }]) => peerId === 'p1'))
})

test('a room is a plain object', async (context) => {
  const { client } = await serveBody(context, room)
  assert.deepEqual(await client.getRoom('r'), {
    roomId: 'r', name: 'n', customerId: 'c', sessionId: 's', createdAt: new Date('2021-11-30T12:58:49Z'), peerIds: ['p1', 'p2']
  })
})

test('a signal cancels a query', async (context) => {
  const { client, server } = await serveBody(context)
  const abort = new AbortController()
  const queried = once(server, 'queried')
  const querying = client.getRoom('r', { signal: abort.signal })
  await queried
  abort.abort('enough')
  await assert.rejects(querying, { kind: 'cancelled', outcome: 'unknown', cause: 'enough', message: /Retrying it is safe\.$/ })
  await assert.rejects(client.listPeers('r', { signal: AbortSignal.abort() }), { kind: 'cancelled', outcome: 'not_sent' })
})

test('an extra argument is refused', async () => {
  const client = new Client({ accessKey: 'k', secret: 's', baseUrl: 'http://127.0.0.1:1/v2' })
  await assert.rejects(client.listPeers('r', {}, 'u1'), { kind: 'invalid_request', message: /argument 3 is text; it takes nothing/ })
  await assert.rejects(client.listPeers('r', 'u1'), { kind: 'invalid_request', message: /options is text; it takes an object/ })
  await assert.rejects(client.getRoom('r', { userId: 'u1' }), { kind: 'invalid_request', message: /unknown option userId/ })
})
