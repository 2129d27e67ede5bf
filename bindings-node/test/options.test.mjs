// However an options object is built, no recipient in it is overlooked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'roomcast'
import { credentials, serve } from './server.mjs'

const refused = { kind: 'invalid_request', outcome: 'not_sent', attempts: 0 }

test('an invalid recipient is refused, never widened', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  for (const value of [undefined, null, '', ' ', 7, NaN, true, 7n, {}, ['p'], () => 'p', Symbol('p'), new String('p')]) {
    await assert.rejects(client.sendMessage('r', 'hi', { peerId: value }), refused)
    await assert.rejects(client.sendMessage('r', 'hi', { peerId: value, role: 'host' }), refused)
    await assert.rejects(client.sendMessage('r', 'hi', { role: value }), refused)
    await assert.rejects(client.sendToPeer('r', value, 'hi'), refused)
    await assert.rejects(client.sendToRole('r', value, 'hi'), refused)
  }
  assert.equal(requests.length, 0)
})

test('a recipient counts, whether own, inherited, hidden or computed', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  class Base {
    get peerId() {
      return 'p'
    }
  }
  const hidden = Object.defineProperty({}, 'peerId', { value: 'p', enumerable: false })
  const unlisted = { get: (_, key) => (key === 'peerId' ? 'p' : undefined) }
  const options = [
    Object.create({ peerId: 'p' }),
    Object.assign(Object.create(null), { peerId: 'p' }),
    { get peerId() { return 'p' } },
    new Base(),
    new (class extends Base {})(),
    hidden,
    Object.create(hidden),
    Object.freeze({ peerId: 'p' }),
    new Proxy({ peerId: 'p' }, {}),
    new Proxy({}, unlisted),
    Object.create(new Proxy({}, unlisted)),
    JSON.parse('{"peerId":"p"}')
  ]
  for (const each of options) await client.sendMessage('r', 'hi', each)
  assert.ok(requests.every(({ body }) => body.peer_id === 'p'))
  assert.equal(requests.length, options.length)
})

test('each property is read once', async (t) => {
  const { requests, createClient } = await serve(t)
  let reads = 0
  const options = {
    get peerId() {
      reads += 1
      return reads === 1 ? 'p' : undefined
    }
  }
  await createClient().sendMessage('r', 'hi', options)
  assert.equal(reads, 1)
  assert.equal(requests[0].body.peer_id, 'p')
})

test('an invalid inherited recipient is refused', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  for (const peerId of [undefined, null, '']) {
    await assert.rejects(client.sendMessage('r', 'hi', Object.create({ peerId })), refused)
  }
  Object.prototype.peerId = ''
  try {
    await assert.rejects(client.sendMessage('r', 'hi', {}), refused)
  } finally {
    delete Object.prototype.peerId
  }
  assert.equal(requests.length, 0)
})

test('an unknown option is refused, with a hint', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const hint = { ...refused, message: /did you mean peerId\?/ }
  await assert.rejects(client.sendMessage('r', 'hi', { peer_id: 'p' }), hint)
  await assert.rejects(client.sendMessage('r', 'hi', { peerID: undefined }), hint)
  await assert.rejects(client.sendMessage('r', 'hi', Object.create({ peer_id: 'p' })), hint)
  await assert.rejects(client.sendMessage('r', 'hi', JSON.parse('{"__proto__":{"peerId":"p"}}')), refused)
  for (const options of [
    { [Symbol('peerId')]: 'p' },
    { toString: () => 'p' },
    new Map([['peerId', 'p']]),
    new URLSearchParams({ peerId: 'p' }),
    ['p'],
    new String('p'),
    new Date()
  ]) {
    await assert.rejects(client.sendMessage('r', 'hi', options), refused)
  }
  await assert.rejects(client.broadcast('r', 'hi', { peerId: 'p' }), refused)
  await assert.rejects(client.sendToPeer('r', 'p', 'hi', { role: 'host' }), refused)
  assert.equal(requests.length, 0)
})

test('options that are not an object are refused', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  for (const options of [null, 'p', 7, false, Symbol('p'), () => ({ peerId: 'p' })]) {
    await assert.rejects(client.sendMessage('r', 'hi', options), { ...refused, message: /options is/ })
    assert.throws(() => new Client(options), { kind: 'configuration', message: /options is/ })
  }
  assert.equal(requests.length, 0)
})

test('options that cannot be read are refused, with the cause', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const cause = new Error('the look-up failed')
  const throwing = { get peerId() { throw cause } }
  await assert.rejects(client.sendMessage('r', 'hi', throwing), { ...refused, cause })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  await assert.rejects(client.sendMessage('r', 'hi', proxy), refused)
  await assert.rejects(client.sendMessage('r', 'hi', { peerId: proxy }), refused)
  assert.equal(requests.length, 0)
})

test('a client’s options are checked by name and type', () => {
  const wrong = (options, message) =>
    assert.throws(() => new Client({ ...credentials, ...options }), { kind: 'configuration', outcome: 'not_sent', message })
  wrong({ secret: undefined }, /secret is null/)
  wrong({ secret: null }, /secret is null/)
  wrong({ base_url: 'https://example.com' }, /did you mean baseUrl\?/)
  wrong({ timeout: 5 }, /did you mean timeoutMs\?/)
  wrong({ timeoutMs: '5' }, /timeoutMs is text; it takes a number/)
  wrong({ timeoutMs: -1 }, /timeout/)
  wrong({ maxAttempts: 1.5 }, /maxAttempts/)
  wrong({ maxInFlight: 0 }, /range/)
  wrong({ retryUnknown: 'yes' }, /retryUnknown is text; it takes true or false/)
  wrong({ baseUrl: 'http://example.com' }, /base/)
  wrong({ caFile: '/nowhere.pem' }, /nowhere|CA|ca/)
  wrong({ signal: AbortSignal.timeout(1) }, /unknown option signal/)
  wrong(Object.create({ secrets: 's' }) && { secrets: 's' }, /did you mean secret\?/)
})
