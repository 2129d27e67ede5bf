// However an options object is built, no recipient in it is overlooked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, Webhooks } from 'roomcast'
import { credentials, serve } from './server.mjs'
import { node, packageDirectory } from './tools.mjs'

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
  Object.defineProperty(Object.prototype, 'peerId', { value: '', configurable: true })
  try {
    await assert.rejects(client.sendMessage('r', 'hi', {}), refused)
    for await (const { outcome } of client.sendMany([{ roomId: 'r', message: 'hi' }])) assert.equal(outcome, 'not_sent')
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
  wrong({ secret: undefined }, /accessKey/)
  wrong({ secret: null }, /secret is null/)
  wrong({ base_url: 'https://example.com' }, /did you mean baseUrl\?/)
  wrong({ timeout: 5 }, /did you mean timeoutMs\?/)
  wrong({ timeoutMs: '5' }, /timeoutMs is text; it takes a number/)
  wrong({ timeoutMs: -1 }, /: timeoutMs is out of range/)
  wrong({ maxAttempts: 1.5 }, /maxAttempts/)
  wrong({ maxInFlight: 0 }, /range/)
  wrong({ retryUnknown: 'yes' }, /retryUnknown is text; it takes true or false/)
  wrong({ baseUrl: 'http://example.com' }, /base/)
  wrong({ caFile: '/nowhere.pem' }, /nowhere|CA|ca/)
  wrong({ signal: AbortSignal.timeout(1) }, /unknown option signal/)
  wrong(Object.create({ secrets: 's' }) && { secrets: 's' }, /did you mean secret\?/)
})

test('what is undefined is called undefined, and null null', async () => {
  const client = new Client(credentials)
  const says = (promise, message) => assert.rejects(promise, { ...refused, message })
  await says(client.sendMessage(), /roomId is undefined\. /)
  await says(client.sendMessage(null), /roomId is null\. /)
  await says(client.sendMessage('r', undefined), /message is undefined\. /)
  await says(client.sendToPeer('r', undefined, 'hi'), /peerId is undefined\. /)
  await says(client.sendToRole('r', undefined, 'hi'), /role is undefined\. /)
  await says(client.sendMessage('r', 'hi', { peerId: undefined }), /peerId is undefined\. /)
  await says(client.sendMessage('r', 'hi', { peerId: null }), /peerId is null\. /)
  await says(client.sendMessage('r', 'hi', { role: undefined }), /role is undefined\. /)
  await says(client.listPeers('r', { userId: undefined }), /userId is undefined\. .* list everyone\./)
  await says(client.getRoom(), /roomId is undefined\. /)
  assert.throws(() => new Webhooks({ secret: undefined }), { kind: 'configuration', message: /secret is undefined; it takes text/ })
})

test('signal is among the options that are known', async () => {
  const client = new Client(credentials)
  await assert.rejects(client.sendMessage('r', 'hi', { colour: 1 }), { message: /\(known: peerId, role, type, timeoutMs, maxAttempts, retryUnknown, signal\)/ })
  await assert.rejects(client.sendMessage('r', 'hi', { Signal: 1 }), { message: /did you mean signal\?/ })
  await assert.rejects(client.getRoom('r', { colour: 1 }), { message: /\(known: timeoutMs, maxAttempts, retryUnknown, signal\)/ })
})

test('text that is too long is refused unconverted', async () => {
  // Joined strings take no memory until they are read. In a process of its own, whose peak memory is measured.
  const program = `
    const { Client, Webhooks } = await import('roomcast')
    const client = new Client({ managementToken: 't', baseUrl: 'http://127.0.0.1:1/v2' })
    const webhooks = new Webhooks({ secret: 's' })
    const shown = (f) => Promise.resolve().then(f).catch((error) => console.log(error.message))
    const long = () => 'x'.repeat(2 ** 28)
    await shown(() => client.broadcast('r', 'x'.repeat(2 ** 20 + 1)))
    await shown(() => webhooks.read('s', 'x'.repeat(2 ** 20 + 1)))
    const before = process.resourceUsage().maxRSS
    await shown(() => client.broadcast('r', long()))
    await shown(() => client.broadcast(long(), 'hi'))
    await shown(() => client.sendToPeer('r', long(), 'hi'))
    await shown(() => client.broadcast('r', 'hi', { type: long() }))
    await shown(() => new Client({ proxy: long() }))
    await shown(() => webhooks.read('s', long()))
    await shown(() => webhooks.read(long(), '{}'))
    console.log((process.resourceUsage().maxRSS - before) / 1024)`
  const printed = await node(['--input-type=module', '--eval', program], { cwd: packageDirectory })
  const lines = printed.trim().split('\n')
  const grown = Number(lines.pop())
  const message = 'invalid_request: message has more than 1048576 bytes of UTF-8; the limit is 1048576. Nothing was sent. Shorten it, or send a link.'
  assert.deepEqual([lines[0], lines[2]], [message, message])
  assert.match(lines[3], /roomId is not a room id/)
  assert.match(lines[4], /peerId has more than 1048576 bytes of UTF-8; the limit is 256/)
  assert.match(lines[5], /type has more than 1048576 bytes of UTF-8; the limit is 256/)
  assert.match(lines[6], /proxy has more than 1048576 bytes of UTF-8/)
  assert.match(lines[7], /the body has more than 1048576 bytes/)
  assert.equal(lines[7], lines[1])
  assert.match(lines[8], /the secret header has another value/)
  assert.ok(grown < 64, `the process grew by ${grown} MiB`)
})

test('undefined is not given, but for a target', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient({ timeoutMs: undefined, maxAttempts: undefined, retryUnknown: undefined, caFile: undefined, proxy: undefined })
  const none = { type: undefined, timeoutMs: undefined, maxAttempts: undefined, retryUnknown: undefined, signal: undefined }
  await client.sendMessage('r', 'hi', none)
  await client.sendToPeer('r', 'p', 'hi', none)
  assert.deepEqual(requests.map(({ body }) => body), [{ message: 'hi' }, { message: 'hi', peer_id: 'p' }])
  for (const options of [{ peerId: undefined }, { role: undefined }, { ...none, peerId: undefined }]) {
    await assert.rejects(client.sendMessage('r', 'hi', options), refused)
  }
  for (const options of [{ userId: undefined }, { role: undefined }]) {
    await assert.rejects(client.listPeers('r', options), refused)
  }
  for (const name of Object.keys(none)) {
    await assert.rejects(client.broadcast('r', 'hi', { [name]: null }), { ...refused, message: new RegExp(`${name} is null`) })
  }
  assert.equal(requests.length, 2)
})

test('a call’s options count instead of the client’s', async (t) => {
  const { requests, createClient } = await serve(t, (response) => {
    response.writeHead(429, { 'retry-after': '0', 'x-request-id': 'req-1' }).end()
  })
  const client = createClient({ maxAttempts: 1 })
  await assert.rejects(client.broadcast('r', 'hi', { maxAttempts: 3 }), { kind: 'rate_limited', attempts: 3, requestId: 'req-1' })
  await assert.rejects(client.broadcast('r', 'hi'), { attempts: 1 })
  assert.equal(requests.length, 4)
  for (const method of [
    (options) => client.sendMessage('r', 'hi', options),
    (options) => client.sendToPeer('r', 'p', 'hi', options),
    (options) => client.sendToRole('r', 'host', 'hi', options),
    (options) => client.broadcast('r', 'hi', options),
    (options) => client.listPeers('r', options),
    (options) => client.getRoom('r', options)
  ]) {
    await assert.rejects(method({ timeoutMs: 0 }), { ...refused, message: /timeoutMs is out of range/ })
    await assert.rejects(method({ maxAttempts: 1.5 }), { ...refused, message: /maxAttempts is a number; it takes a whole number/ })
    await assert.rejects(method({ retryUnknown: 'yes' }), { ...refused, message: /retryUnknown is text; it takes true or false/ })
    await assert.rejects(method({ timeout: 5 }), { ...refused, message: /did you mean timeoutMs\?/ })
  }
})
