// Messages that are not text: what becomes JSON, as JSON.stringify would make it, and what is refused; the formats of 100ms's
// clients.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { Client, RoomcastError, chat, event, reaction } from 'roomcast'
import { credentials, serve } from './server.mjs'
import { copyOfPackage, emptyDirectory } from './tools.mjs'

const refused = { kind: 'invalid_request', outcome: 'not_sent', attempts: 0 }

test('an object or an array arrives as JSON.stringify would make it', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  class Card {
    toJSON(name) {
      return `${name}: A♠`
    }
  }
  const withGetter = { get computed() { return 7 } }
  const withHidden = Object.defineProperty({ a: 1 }, 'hidden', { value: 2, enumerable: false })
  const listWithName = Object.assign([1], { name: 'x' })
  const values = [
    {}, [], { a: undefined, b: 1 }, [undefined, 1], Object.assign(Array(2), { 1: 1 }), { when: new Date(0) }, [new Card()], { card: new Card() },
    { a: { toJSON: () => undefined }, b: [{ toJSON: () => undefined }] }, { toJSON: () => ({ b: 2 }) },
    { 'é "x"\n\u0001\u2028': '😀\ud83d\ude00\\' }, [-0, 0, 1e300, -1.5e-7, 0.1, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE],
    Object.assign(Object.create(null), { a: 1 }), withGetter, withHidden, listWithName, { [Symbol('s')]: 1, a: 1 },
    { b: 1, a: 2, 1: 3 }, JSON.parse('{"__proto__":1}'), runInContext('({ a: [1] })', createContext()),
    new Proxy({ a: [1] }, {}), new (class extends Array {})(), [[[[null, true, false, '']]]], { '': {} },
    { buffer: Buffer.from('hi') }, Object.freeze([Object.freeze({ a: 1 })]), [new URL('https://example.com/?a')]
  ]
  for (const value of values) await client.broadcast('r', value)
  assert.deepEqual(requests.map(({ body }) => body.message), values.map((value) => JSON.stringify(value)))
  assert.ok(values.length > 20)
})

test('every double arrives exactly', async (t) => {
  const { requests, createClient } = await serve(t)
  const bits = new BigUint64Array(1)
  const doubles = new Float64Array(bits.buffer)
  const numbers = Array.from({ length: 20_000 }, (_, i) => {
    bits[0] = (BigInt(i) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn
    return doubles[0]
  }).filter(Number.isFinite)
  await createClient().broadcast('r', numbers)
  assert.deepEqual(JSON.parse(requests[0].body.message), numbers)
  assert.ok(numbers.length > 10_000)
})

test('what JSON cannot express is refused, with its place', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  class Hand {}
  for (const [value, text] of [
    [{ a: [0, NaN] }, 'message.a[1] is NaN, which JSON cannot express'],
    [[-Infinity], 'message[0] is -inf, which JSON cannot express'],
    [{ 'a b': 7n }, 'message["a b"] is of type bigint, which JSON cannot express'],
    [{ f() {} }, 'message.f is of type function'],
    [[Symbol('s')], 'message[0] is of type symbol'],
    [{ m: new Map([['a', 1]]) }, 'message.m is of type Map'],
    [[new Set()], 'message[0] is of type Set'],
    [[new Hand()], 'message[0] is of type Hand'],
    [[new String('x')], 'message[0] is of type String'],
    [[Promise.resolve()], 'message[0] is of type Promise'],
    [[new Uint8Array(2)], 'message[0] is of type Uint8Array'],
    [[Object.create({ a: 1 })], 'message[0] is of type Object'],
    [[chat('hi')], 'message[0] is of type Message'],
    [{ a: { toJSON: () => 7n } }, 'message.a is of type bigint'],
    [{ a: ['\ud800'] }, 'message.a[0] is not valid Unicode'],
    [[{ a: 1, '\udfff': 1 }], 'message[0] has a name that is not valid Unicode'],
    [new Map(), 'message is of type Map'],
    [new Hand(), 'message is of type Hand'],
    [new Date(0), 'message is of type Date'],
    [Buffer.from('hi'), 'message is of type Buffer'],
    [new String('hi'), 'message is of type String'],
    [{ toJSON: () => undefined }, 'message is undefined']
  ]) {
    await assert.rejects(client.broadcast('r', value), (error) => {
      assert.ok(error.message.startsWith(`invalid_request: ${text}`), error.message)
      return error.kind === 'invalid_request' && error.outcome === 'not_sent'
    })
  }
  for (const value of [7, true, 7n, Symbol('s'), () => 'hi', null, undefined]) {
    await assert.rejects(client.broadcast('r', value), { ...refused, message: /message is / })
  }
  assert.equal(requests.length, 0)
})

test('an object that throws when it is read is refused, with the cause', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const cause = new Error('no')
  const fail = () => { throw cause }
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  for (const value of [{ get a() { return fail() } }, [{ toJSON: fail }], new Proxy({}, { ownKeys: fail })]) {
    await assert.rejects(client.broadcast('r', value), { ...refused, cause })
    assert.throws(() => event('e', value), { ...refused, cause })
  }
  await assert.rejects(client.broadcast('r', proxy), refused)
  assert.equal(requests.length, 0)
})

test('JSON that is too deep or too long is refused soon', async () => {
  const client = new Client(credentials)
  const cycle = {}
  cycle.again = [cycle]
  let deep = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  let reads = 0
  const endless = new Proxy([], { get: (list, key) => (key === 'length' ? (reads += 1, 2 ** 32 - 1) : Reflect.get(list, key)) })
  const long = 'x'.repeat(2 ** 28)
  const tooLong = /message has more than 1048576 bytes as JSON/
  for (const [value, message] of [
    [cycle, /nested more than 127 deep\. Nothing was sent\. Does it contain itself\?/],
    [deep, /nested more than 127 deep/],
    [endless, tooLong],
    [new Array(2 ** 32 - 1), tooLong],
    [Array(500_000).fill(1e20), tooLong],
    [[long], tooLong],
    [{ [long]: 1 }, tooLong],
    [Array(2).fill('x'.repeat(2 ** 19)), tooLong]
  ]) {
    await assert.rejects(client.broadcast('r', value), { ...refused, message })
  }
  assert.ok(reads < 2 ** 24, `${reads} items were read`)
})

test('the longest and the deepest JSON arrive', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  let deep = 7
  for (let i = 0; i < 127; i++) deep = [deep]
  const long = ['x'.repeat(2 ** 20 - 4)]
  for (const value of [deep, long, Array(2 ** 19 - 1).fill(1)]) await client.broadcast('r', value)
  for (const { body } of requests) assert.ok(body.message.length <= 2 ** 20)
  assert.equal(requests[1].body.message.length, 2 ** 20)
  assert.deepEqual(requests.map(({ body }) => JSON.parse(body.message).length), [1, 1, 2 ** 19 - 1])
})

test('every send takes a chat line, an event and a reaction', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const deal = { cards: ['A♠'] }
  const message = event('deal', deal)
  deal.cards.push('K♠')
  await client.sendMessage('r', chat('hi'), { peerId: 'p' })
  await client.sendToPeer('r', 'p', message)
  await client.sendToRole('r', 'host', message)
  await client.broadcast('r', reaction('heart'))
  await client.broadcast('r', reaction('+1', { senderId: 'p' }))
  await client.broadcast('r', reaction('+1', { senderId: undefined }))
  await client.broadcast('r', event('bell'))
  await client.broadcast('r', event('time', new Date(0)))
  const emoji = (emojiId, senderId) => JSON.stringify({ type: 'EMOJI_REACTION', emojiId, senderId })
  assert.deepEqual(requests.map(({ body }) => [body.type, body.message, body.peer_id ?? body.role]), [
    ['chat', 'hi', 'p'],
    ['deal', '{"cards":["A♠"]}', 'p'],
    ['deal', '{"cards":["A♠"]}', 'host'],
    ['EMOJI_REACTION', emoji('heart', 'server'), undefined],
    ['EMOJI_REACTION', emoji('+1', 'p'), undefined],
    ['EMOJI_REACTION', emoji('+1', 'server'), undefined],
    ['bell', '""', undefined],
    ['time', '"1970-01-01T00:00:00.000Z"', undefined]
  ])
})

test('a format that cannot be sent is refused', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  for (const [message, text] of [
    [chat(7), /message is a number, not text/],
    [chat(), /message is undefined/],
    [chat('\ud800'), /message is not valid Unicode/],
    [chat('x'.repeat(2 ** 21)), /message has more than 1048576 bytes/],
    [event(undefined, 1), /name is undefined/],
    [event(' ', 1), /name is blank/],
    [event('e', { a: [NaN] }), /payload\.a\[0\] is NaN/],
    [event('e', () => 1), /payload is of type function/],
    [event('e', chat('hi')), /payload is of type Message/],
    [event('hms_x', 1), /name begins with hms_/],
    [reaction(null), /emojiId is null/],
    [reaction('x', { senderId: null }), /senderId is null/],
    [reaction('x', { senderId: '' }), /senderId is blank/],
    // It may have been meant as a recipient.
    [reaction('x', { peerId: 'p' }), /unknown option peerId \(known: senderId\)/],
    [reaction('x', { emoji_id: 'y' }), /unknown option emoji_id/]
  ]) {
    await assert.rejects(client.broadcast('r', message), { ...refused, message: text })
  }
  assert.throws(() => chat('hi', { peerId: 'p' }), { ...refused, message: /argument 2 is of type object/ })
  assert.throws(() => event('e', {}, 'p'), { ...refused, message: /argument 3/ })
  assert.throws(() => reaction('x', 'p'), { ...refused, message: /options is text/ })
  assert.equal(requests.length, 0)
})

test('a message is frozen, and hides what it says', () => {
  for (const [message, format] of [[chat('secret'), 'chat'], [event('secret', 'secret'), 'event'], [reaction('secret'), 'reaction']]) {
    assert.ok(Object.isFrozen(message))
    assert.throws(() => { message.format = 'x' }, TypeError)
    assert.equal(message.format, format)
    assert.equal(inspect(message), `Message { format: '${format}' }`)
    assert.equal(JSON.stringify({ message }), `{"message":{"format":"${format}"}}`)
    const shown = [inspect(message, { showHidden: true }), inspect(message, { customInspect: false, showHidden: true }), `${message}`]
    assert.ok(!shown.join().includes('secret'))
  }
})

test('a message of another copy of the package is accepted', async (t) => {
  const { requests, createClient } = await serve(t)
  const copy = createRequire(import.meta.url)(copyOfPackage(emptyDirectory(t)))
  assert.notEqual(copy.chat, chat)
  await createClient().broadcast('r', copy.chat('hi'))
  assert.deepEqual(requests[0].body, { message: 'hi', type: 'chat' })
})

test('no error holds what a message says', async () => {
  const client = new Client(credentials)
  for (const message of [{ a: 'the text', b: NaN }, [{ 'x': 'the text', y: [new Map([['the text', 1]])] }], event('e', ['the text', 1n])]) {
    const error = await client.broadcast('r', message).catch((e) => e)
    assert.ok(error instanceof RoomcastError)
    assert.ok(!inspect(error, { showHidden: true, depth: 9 }).includes('the text'))
  }
})
