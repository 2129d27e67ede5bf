// One message for several recipients: users, lists of users, peers and roles.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, RoomcastError, chat } from 'roomcast'
import { credentials, deferred, respondSent, serve } from './server.mjs'

/** A room in which Ann has two tabs, and one of them has just closed. */
async function serveRoom(t) {
  const peers = { a1: 'ann', a2: 'ann', b1: 'bob' }
  return await serve(t, (response) => {
    const { url, method } = response.req
    if (method === 'GET') {
      const user = new URL(url, 'http://x').searchParams.get('user_id')
      const found = Object.entries(peers).filter(([, userId]) => user === null || userId === user)
      const entries = found.map(([id, userId]) => [id, { id, name: id, user_id: userId, metadata: '', role: 'player', joined_at: '2026-01-01T00:00:00Z' }])
      response.end(JSON.stringify({ peers: Object.fromEntries(entries) }))
    } else if (response.req.body.peer_id === 'a2') {
      response.writeHead(404).end('{"code":404,"message":"peer not found"}')
    } else {
      respondSent(response)
    }
  })
}

test('a user has each of their peers, and one that left stops no other', async (t) => {
  const { requests, createClient } = await serveRoom(t)
  const client = createClient()
  const results = await client.sendToUser('r', 'ann', chat('hi'))
  assert.deepEqual(results[0], { peerId: 'a1', userId: 'ann', result: { message: 'message sent', attempts: 1 } })
  const { error, ...rest } = results[1]
  assert.deepEqual(rest, { peerId: 'a2', userId: 'ann', outcome: 'rejected' })
  assert.ok(error instanceof RoomcastError && error instanceof Error)
  assert.deepEqual([error.kind, error.outcome, error.status], ['not_found', 'rejected', 404])
  assert.match(error.stack, /recipients\.test\.mjs:/)
  assert.equal(results.length, 2)
  const sent = requests.filter(({ body }) => body).map(({ body }) => body)
  assert.deepEqual(sent.map(({ peer_id: peer }) => peer).sort(), ['a1', 'a2'])
  assert.ok(sent.every(({ type }) => type === 'chat'))
})

test('several users: one query; an absent one has an error, and all absent are an error', async (t) => {
  const { requests, createClient } = await serveRoom(t)
  const client = createClient()
  const results = await client.sendToUsers('r', new Set(['bob', 'eve']), 'hi', { type: 'note' })
  assert.deepEqual(results.map(({ userId, peerId, outcome }) => [userId, peerId, outcome]), [
    ['bob', 'b1', undefined],
    ['eve', undefined, 'not_sent']
  ])
  assert.deepEqual(Object.keys(results[1]), ['userId', 'error', 'outcome'])
  assert.equal(requests.length, 2)
  const nobody = { kind: 'not_found', outcome: 'not_sent' }
  await assert.rejects(client.sendToUsers('r', ['eve', 'mallory'], 'hi'), nobody)
  await assert.rejects(client.sendToUser('r', 'eve', 'hi'), nobody)
  assert.equal(requests.filter(({ body }) => body).length, 1)
})

test('several peers and roles, from any iterable', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  function* ids() {
    yield 'p1'
    yield 'p2'
    yield 'p1'
  }
  const peers = await client.sendToPeers('r', ids(), { turn: 3 }, { timeoutMs: 60_000 })
  assert.deepEqual(peers.map(({ peerId }) => peerId), ['p1', 'p2'])
  const roles = await client.sendToRoles('r', Object.freeze(['host', 'guest']), 'hi')
  assert.deepEqual(roles.map(({ role, result }) => [role, result.attempts]), [['host', 1], ['guest', 1]])
  await client.sendToRoles('r', new Proxy(['a'], {}), 'hi')
  assert.equal(requests.length, 5)
})

test('what is no list of names reaches nobody', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const refused = { kind: 'invalid_request', outcome: 'not_sent' }
  const lists = [
    'p1', '', [], undefined, null, 7, {}, true, new String('p1'), new Set(), ['p', undefined], ['p', null], ['p', ''], [' '],
    // eslint-disable-next-line no-sparse-arrays
    ['p', , 'q'], [['p']], [7], new Map([['p', 1]]), Buffer.from('p'), ['a\ud83c'], [Symbol('p')], () => ['p']
  ]
  for (const method of ['sendToUsers', 'sendToPeers', 'sendToRoles']) {
    for (const list of lists) await assert.rejects(client[method]('r', list, 'hi'), refused)
    await assert.rejects(client[method]('r', ['p'], 'hi', { peerId: 'p' }), refused)
    await assert.rejects(client[method]('r', ['p'], 'hi', {}, 'p'), /argument 5 is text/)
    await assert.rejects(client[method]('r'), refused)
  }
  for (const user of ['', ' ', null, undefined, 7, ['ann']]) await assert.rejects(client.sendToUser('r', user, 'hi'), refused)
  await assert.rejects(client.sendToPeers('r', ['p', undefined], 'hi'), /peerIds\[1\] is undefined/)
  await assert.rejects(client.sendToUsers('r', 'ann', 'hi'), /userIds is text, not a list/)
  const cause = new Error('on purpose')
  function* failing() {
    yield 'p1'
    throw cause
  }
  await assert.rejects(client.sendToPeers('r', failing(), 'hi'), { ...refused, cause, message: /peerIds is of type object; it takes a list that can be read/ })
  assert.equal(requests.length, 0)
})

test('a signal aborts all of it', async (t) => {
  const arrived = deferred()
  const { createClient } = await serve(t, () => arrived.resolve())
  const client = createClient({ maxInFlight: 1 })
  const controller = new AbortController()
  const sending = client.sendToPeers('r', ['p1', 'p2', 'p3'], 'hi', { signal: controller.signal })
  await arrived.promise
  controller.abort('enough')
  await assert.rejects(sending, { name: 'AbortError', kind: 'cancelled', outcome: 'unknown', cause: 'enough' })
  await client[Symbol.asyncDispose]()
  const early = new Client(credentials).sendToRoles('r', ['host'], 'hi', { signal: AbortSignal.abort('early') })
  await assert.rejects(early, { kind: 'cancelled', outcome: 'not_sent', cause: 'early' })
})
