// Many messages in one call.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { Client, RoomcastError, chat } from 'roomcast'
import { credentials, deferred, respondSent, serve } from './server.mjs'
import { packageDirectory, runWithClient } from './tools.mjs'

const item = (number, more) => ({ roomId: 'r', message: `m${number}`, ...more })

function* items(count) {
  for (let i = 0; i < count; i++) yield item(i)
}

async function* itemsLater(count) {
  for (let i = 0; i < count; i++) {
    if (i % 3 === 0) await turn()
    yield item(i)
  }
}

async function collect(results) {
  const all = []
  for await (const result of results) all.push(result)
  return all
}

/** The messages of results, in their order. */
const messages = (results) => results.map(({ item: { message } }) => message).sort()
const expected = (count) => Array.from({ length: count }, (_, i) => `m${i}`).sort()

/** A server that responds to the first `count` requests, and to no other. `arrived(n)` resolves when it has n requests. */
async function serveSome(t, count) {
  const waiting = []
  const server = await serve(t, (response, n) => {
    if (n <= count) respondSent(response)
    for (const one of waiting) if (n >= one.n) one.resolve()
  })
  const arrived = (n) => new Promise((resolve) => (server.requests.length >= n ? resolve() : waiting.push({ n, resolve })))
  return { ...server, arrived }
}

test('each item is sent once and has its result, whatever it comes from', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient({ maxInFlight: 8 })
  const given = Array.from(items(100))
  const sources = [
    given,
    new Set(given),
    new Map(given.map((each) => [each, each])).keys(),
    items(100),
    itemsLater(100),
    Readable.from(given),
    Readable.from(given).pipe(new Transform({ objectMode: true, transform: (chunk, _, done) => done(null, chunk) })),
    new ReadableStream({
      start(controller) {
        for (const each of given) controller.enqueue(each)
        controller.close()
      }
    }),
    given.map(async (each) => each),
    given.map((each, i) => (i % 2 ? each : Promise.resolve(each))),
    { [Symbol.iterator]: () => items(100) },
    { [Symbol.asyncIterator]: () => itemsLater(100), [Symbol.iterator]: () => assert.fail('not the iterator') }
  ]
  for (const source of sources) {
    const before = requests.length
    const results = await collect(client.sendMany(source))
    assert.deepEqual(messages(results), expected(100))
    for (const { result, error } of results) assert.deepEqual([result, error], [{ message: 'message sent', attempts: 1 }, undefined])
    const sent = requests.slice(before).map(({ body }) => body.message)
    assert.deepEqual(sent.sort(), expected(100))
  }
  assert.deepEqual(await collect(client.sendMany([])), [])
})

test('the item of a result is the one that was given', async (t) => {
  const { createClient } = await serve(t)
  const given = [item(1), Object.freeze(item(2)), Object.create(null, Object.getOwnPropertyDescriptors(item(3)))]
  const results = await collect(createClient().sendMany(given))
  assert.deepEqual(new Set(results.map((result) => result.item)), new Set(given))
  assert.deepEqual(Object.keys(results[0]), ['item', 'result'])
})

test('an item takes what sendMessage takes', async (t) => {
  const { requests, createClient } = await serve(t)
  const proxied = new Proxy(item(4, { peerId: 'p4' }), { ownKeys: () => [] })
  class Row {
    get peerId() {
      return 'p5'
    }
    roomId = 'r'
    message = 'm5'
  }
  const given = [
    item(0, { peerId: 'p' }), item(1, { role: 'host', type: 'note', timeoutMs: 60_000, maxAttempts: 2, retryUnknown: true }),
    { roomId: 'r', message: chat('m2') }, { roomId: 'r', message: { turn: 3 }, type: undefined }, proxied, new Row()
  ]
  const results = await collect(createClient().sendMany(given))
  assert.deepEqual(results.filter(({ error }) => error), [])
  const bodies = requests.map(({ body }) => body).sort((a, b) => (a.message < b.message ? -1 : 1))
  assert.deepEqual(bodies, [
    { message: 'm0', peer_id: 'p' }, { message: 'm1', role: 'host', type: 'note' }, { message: 'm2', type: 'chat' },
    { message: 'm4', peer_id: 'p4' }, { message: 'm5', peer_id: 'p5' }, { message: '{"turn":3}' }
  ])
})

test('an item that cannot be sent stops no other', async (t) => {
  const { requests, createClient } = await serve(t)
  const cause = new Error('on purpose')
  const fails = () => {
    throw cause
  }
  const wrong = [
    [7, /item is a number; it takes an object/],
    [null, /item is null/],
    [undefined, /item is undefined/],
    ['text', /item is text/],
    [[], /item is of type array/],
    [() => {}, /item is of type function/],
    [{}, /roomId is undefined/],
    [{ roomId: 'r' }, /message is undefined/],
    [{ message: 'hi' }, /roomId is undefined/],
    [item(0, { peer_id: 'p' }), /unknown option peer_id \(did you mean peerId\?\)/],
    [{ room_id: 'r', message: 'hi' }, /unknown option room_id \(did you mean roomId\?\)/],
    [item(0, { peerId: undefined }), /peerId is undefined/],
    [item(0, { peerId: null }), /peerId is null/],
    [item(0, { peerId: ' ' }), /peerId is blank/],
    [item(0, { role: '' }), /role is blank/],
    [item(0, { signal: AbortSignal.abort() }), /unknown option signal/],
    [item(0, { [Symbol('peerId')]: 'p' }), /unknown option Symbol\(peerId\)/],
    [{ roomId: 'r', message: { players: [{ score: NaN }] } }, /message\.players\[0\]\.score is NaN/],
    [chat('hi'), /unknown option/],
    [new Map(), /unknown option|roomId/],
    [{ roomId: 'r', get message() { return fails() } }, /item is of type object; it takes an object that can be read/, cause],
    [{ roomId: 'r', message: { toJSON: fails } }, /message is of type object; it takes what can be read/, cause]
  ]
  const given = wrong.flatMap(([each], i) => [each, item(i)])
  const results = await collect(createClient().sendMany(given))
  assert.equal(results.length, given.length)
  assert.deepEqual(messages(results.filter(({ result }) => result)), expected(wrong.length))
  const failed = results.filter(({ error }) => error)
  for (const [each, text, expectedCause] of wrong) {
    const index = failed.findIndex((result) => Object.is(result.item, each))
    const [{ error, outcome }] = failed.splice(index, 1)
    assert.ok(error instanceof RoomcastError)
    assert.deepEqual([error.kind, error.outcome, outcome], ['invalid_request', 'not_sent', 'not_sent'])
    assert.match(error.message, text)
    assert.equal(error.cause, expectedCause)
  }
  assert.equal(requests.length, wrong.length)
})

test('a refusal and a reset are told item by item', async (t) => {
  const { createClient } = await serve(t, (response) => {
    const { message } = response.req.body
    if (message === 'm3') response.socket.resetAndDestroy()
    else if (message === 'm5') response.writeHead(403).end('{"code":403,"message":"no"}')
    else respondSent(response)
  })
  const many = createClient({ maxInFlight: 2 }).sendMany(items(10))
  const results = await collect(many)
  const failed = results.filter(({ error }) => error).map(({ item: { message }, error, outcome }) => [message, error.kind, outcome])
  assert.deepEqual(failed.sort(), [['m3', 'connection', 'unknown'], ['m5', 'permission_denied', 'rejected']])
  assert.deepEqual(many.progress, { completed: 10, accepted: 8, notSent: 0, rejected: 1, unknown: 1 })
})

test('never more is taken ahead than twice what may be in flight, and never more is in flight', async (t) => {
  let [open, most] = [0, 0]
  const { createClient } = await serve(t, (response) => {
    most = Math.max(most, ++open)
    setTimeout(() => {
      open -= 1
      respondSent(response)
    }, 2)
  })
  const ofCall = (maxInFlight, source) => createClient().sendMany(source, { maxInFlight })
  const ofClient = (maxInFlight, source) => createClient({ maxInFlight }).sendMany(source)
  for (const [source, maxInFlight, sendMany] of [
    [items, 4, ofCall],
    [itemsLater, 4, ofCall],
    [items, 1, ofCall],
    [itemsLater, 64, ofCall],
    [items, 4, ofClient],
    [itemsLater, 4, ofClient]
  ]) {
    let pulled = 0
    async function* later() {
      for await (const each of source(200)) {
        pulled += 1
        yield each
      }
    }
    function* now() {
      for (const each of source(200)) {
        pulled += 1
        yield each
      }
    }
    let taken = 0
    most = 0
    for await (const { error } of sendMany(maxInFlight, source === items ? now() : later())) {
      assert.equal(error, undefined)
      taken += 1
      assert.ok(pulled <= taken + 2 * maxInFlight, `${pulled} ${taken}`)
      if (taken % 50 === 0) await sleep(30)
    }
    assert.equal(taken, 200)
    assert.ok(most <= maxInFlight && most >= Math.min(2, maxInFlight), String(most))
  }
})

test('nothing is taken before the first result is asked for', async (t) => {
  const { requests, createClient } = await serve(t)
  let pulled = 0
  const many = createClient().sendMany({
    [Symbol.iterator]() {
      pulled += 1
      return items(3)
    }
  })
  await turn()
  assert.equal(pulled, 0)
  assert.deepEqual(await many.return('early'), { value: 'early', done: true })
  assert.deepEqual(await many.next(), { value: undefined, done: true })
  assert.deepEqual([pulled, requests.length], [0, 0])
})

test('results come while the source makes its next item', async (t) => {
  const { createClient } = await serve(t)
  const mayContinue = deferred()
  async function* source() {
    yield item(0)
    yield item(1)
    await mayContinue.promise
    yield item(2)
  }
  const seen = []
  for await (const { item: { message } } of createClient().sendMany(source())) {
    seen.push(message)
    // Otherwise it would wait for ever.
    if (seen.length === 2) mayContinue.resolve()
  }
  assert.deepEqual(seen.sort(), expected(3))
})

test('a source that throws: the results of what is in flight, then its error', async (t) => {
  const { requests, createClient } = await serve(t, (response) => setTimeout(respondSent, 5, response))
  const client = createClient()
  const mine = new Error('my own')
  function* now() {
    yield* items(3)
    throw mine
  }
  async function* later() {
    yield* items(3)
    throw mine
  }
  const rejecting = [item(0), item(1), item(2), Promise.reject(mine)]
  rejecting[3].catch(() => {})
  const broken = new Readable({
    objectMode: true,
    read() {
      for (const each of items(3)) this.push(each)
      setTimeout(() => this.destroy(mine), 20)
      this._read = () => {}
    }
  })
  for (const source of [now(), later(), rejecting, broken]) {
    const seen = []
    const many = client.sendMany(source)
    const iterating = (async () => {
      for await (const { result } of many) seen.push(result.message)
    })()
    await assert.rejects(iterating, (error) => error === mine)
    assert.equal(seen.length, 3)
    assert.deepEqual(await many.next(), { value: undefined, done: true })
  }
  assert.equal(requests.length, 12)
  const odd = [{ next: () => 7 }, { next: () => mine.nothing.at.all }, {}]
  for (const iterator of odd) await assert.rejects(collect(client.sendMany({ [Symbol.iterator]: () => iterator })), TypeError)
  const unusable = { [Symbol.asyncIterator]: () => { throw mine } }
  await assert.rejects(collect(client.sendMany(unusable)), (error) => error === mine)
})

test('leaving the loop cancels what is in flight, and closes the source', async (t) => {
  const { requests, createClient, arrived } = await serveSome(t, 1)
  const client = createClient()
  const closed = []
  function* now() {
    try {
      yield* items(10)
    } finally {
      closed.push('now')
    }
  }
  async function* later() {
    try {
      yield* items(10)
    } finally {
      await turn()
      closed.push('later')
    }
  }
  const stream = Readable.from(items(10))
  for (const [name, source] of [['now', now()], ['later', later()], ['stream', stream]]) {
    requests.length = 0
    for await (const { result } of client.sendMany(source, { maxInFlight: 3 })) {
      assert.ok(result)
      await arrived(3)
      break
    }
    if (name !== 'stream') assert.equal(closed.at(-1), name)
    // Nothing is in flight any more.
    while (client.stats().inFlight + client.stats().queued > 0) await turn()
    await turn()
    assert.ok(requests.length <= 4, String(requests.length))
    requests.length = 0
  }
  assert.equal(stream.destroyed, true)
})

test('an exception in the loop, and await using, leave it, too', async (t) => {
  const { createClient } = await serveSome(t, 1)
  const client = createClient({ maxInFlight: 2 })
  let isClosed = false
  function* source() {
    try {
      yield* items(10)
    } finally {
      isClosed = true
    }
  }
  const failing = async () => {
    for await (const { item: each } of client.sendMany(source())) throw new Error(`in the loop: ${each.message}`)
  }
  await assert.rejects(failing(), /in the loop/)
  assert.ok(isClosed)
  isClosed = false
  const many = client.sendMany(source())
  const pending = many.next()
  await many[Symbol.asyncDispose]()
  assert.ok(isClosed)
  assert.deepEqual(await pending, { value: undefined, done: true })
})

test('leaving it while the source makes an item does not wait for the item', async (t) => {
  const { createClient } = await serve(t)
  async function* never() {
    yield item(0)
    await new Promise(() => {})
  }
  const many = createClient().sendMany(never())
  assert.ok((await many.next()).value.result)
  const pending = many.next()
  await many.return()
  assert.deepEqual(await pending, { value: undefined, done: true })
})

test('cancel: what is in flight is cancelled, the rest is told as not sent', async (t) => {
  for (const source of [items, itemsLater]) {
    const { requests, createClient, arrived } = await serveSome(t, 1)
    const many = createClient().sendMany(source(20), { maxInFlight: 3 })
    const first = await many.next()
    assert.ok(first.value.result)
    await Promise.all([arrived(3), turn()])
    const second = many.next()
    await arrived(4)
    many.cancel()
    const rest = [(await second).value, ...await collect(many)]
    assert.deepEqual(messages([first.value, ...rest]), expected(20))
    for (const { error, outcome } of rest) {
      assert.equal(error.kind, 'cancelled')
      assert.match(outcome, /^(not_sent|unknown)$/)
    }
    assert.equal(rest.filter(({ outcome }) => outcome === 'unknown').length, 3)
    assert.equal(requests.length, 4)
    const { completed, accepted, notSent, unknown } = many.progress
    assert.deepEqual([completed, accepted, notSent, unknown], [20, 1, 16, 3])
    many.cancel()
  }
})

test('a signal: the results of what was taken, then its reason', async (t) => {
  const { requests, createClient, arrived } = await serveSome(t, 1)
  const client = createClient()
  const controller = new AbortController()
  let isClosed = false
  function* source() {
    try {
      yield* items(Infinity)
    } finally {
      isClosed = true
    }
  }
  const seen = []
  const iterating = (async () => {
    for await (const result of client.sendMany(source(), { signal: controller.signal, maxInFlight: 3 })) seen.push(result)
  })()
  await arrived(4)
  const reason = new Error('enough')
  controller.abort(reason)
  const error = await iterating.catch((e) => e)
  assert.ok(error instanceof RoomcastError)
  assert.deepEqual([error.name, error.kind, error.outcome, error.cause], ['AbortError', 'cancelled', 'not_sent', reason])
  assert.match(error.stack, /send-many\.test\.mjs:/)
  assert.match(error.message, /the items that have no result: none of them was started/)
  assert.ok(isClosed)
  assert.equal(requests.length, 4)
  assert.equal(seen.length, 4)
  for (const { error: each } of seen.slice(1)) assert.deepEqual([each.kind, each.outcome, each.cause], ['cancelled', 'unknown', reason])
  assert.deepEqual(getEventListeners(controller.signal, 'abort'), [])
})

test('a signal that aborted before takes nothing; one that aborts afterwards changes nothing', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const untouched = { [Symbol.iterator]: () => assert.fail('taken') }
  const aborted = client.sendMany(untouched, { signal: AbortSignal.abort('early') })
  await assert.rejects(collect(aborted), { kind: 'cancelled', outcome: 'not_sent', cause: 'early' })
  assert.deepEqual(await aborted.next(), { value: undefined, done: true })
  assert.equal(requests.length, 0)
  const controller = new AbortController()
  const many = client.sendMany(items(3), { signal: controller.signal })
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  await many.next()
  await sleep(100)
  controller.abort()
  assert.equal((await collect(many)).length, 2)
})

test('a signal ends the wait for a source, and AbortSignal.timeout an endless one', async (t) => {
  const { createClient } = await serve(t)
  const client = createClient()
  const controller = new AbortController()
  async function* never() {
    yield item(0)
    await new Promise(() => {})
  }
  const many = client.sendMany(never(), { signal: controller.signal })
  assert.ok((await many.next()).value.result)
  const pending = many.next()
  controller.abort()
  await assert.rejects(pending, { name: 'AbortError' })
  const endless = client.sendMany(items(Infinity), { signal: AbortSignal.timeout(100), maxInFlight: 4 })
  await assert.rejects(collect(endless), ({ cause }) => cause.name === 'TimeoutError')
})

test('many iterations and sends on one signal have one listener each', async (t) => {
  const { createClient } = await serve(t)
  const client = createClient()
  const { signal } = new AbortController()
  const many = Array.from({ length: 30 }, () => client.sendMany(items(5), { signal }))
  const all = many.map(collect)
  const sends = Array.from({ length: 30 }, () => client.broadcast('r', 'hi', { signal }))
  await turn()
  assert.ok(getEventListeners(signal, 'abort').length <= 2)
  assert.equal((await Promise.all(all)).flat().length, 150)
  await Promise.all(sends)
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('onProgress is called after each result', async (t) => {
  const { createClient } = await serve(t)
  const client = createClient({ maxInFlight: 4 })
  for (const [given, total] of [[Array.from(items(20)), 20], [new Set(items(20)), 20], [items(20), undefined], [itemsLater(20), undefined]]) {
    const seen = []
    let taken = 0
    for await (const { result } of client.sendMany(given, { onProgress: (progress) => seen.push(progress) })) {
      taken += result.attempts
      assert.equal(seen.length, taken)
      assert.ok(seen.at(-1).completed >= taken)
    }
    const last = { completed: 20, accepted: 20, notSent: 0, rejected: 0, unknown: 0 }
    assert.deepEqual(seen.at(-1), total === undefined ? last : { ...last, total })
  }
  let isClosed = false
  function* source() {
    try {
      yield* items(10)
    } finally {
      isClosed = true
    }
  }
  const mine = new Error('my own')
  const failing = client.sendMany(source(), { onProgress: () => { throw mine } })
  await assert.rejects(collect(failing), (error) => error === mine)
  assert.ok(isClosed)
  assert.deepEqual(await failing.next(), { value: undefined, done: true })
})

test('arguments that are wrong throw, and nothing is taken', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const untouched = { [Symbol.iterator]: () => assert.fail('taken') }
  const wrong = [
    [[], /items is undefined/],
    [['text'], /items is text; it takes an iterable or async iterable of objects/],
    [[item(0)], /items is of type object/],
    [[null], /items is null/],
    [[7], /items is a number/],
    [[untouched, null], /options is null/],
    [[untouched, { rate: 0 }], /rate is out of range/],
    [[untouched, { rate: null }], /rate is null/],
    [[untouched, { rate: '50' }], /rate is text/],
    [[untouched, { maxInFlight: 0 }], /maxInFlight is out of range/],
    [[untouched, { maxInFlight: 1.5 }], /maxInFlight is a number; it takes a whole number/],
    [[untouched, { max_in_flight: 5 }], /unknown option max_in_flight \(did you mean maxInFlight\?\)/],
    [[untouched, { progress: () => {} }], /unknown option progress/],
    [[untouched, { peerId: 'p' }], /unknown option peerId/],
    [[untouched, { onProgress: true }], /onProgress is a boolean; it takes a function/],
    [[untouched, { signal: 'now' }], /signal is text; it takes an AbortSignal/],
    [[untouched, {}, { peerId: 'p' }], /argument 3 is of type object/]
  ]
  for (const [given, text] of wrong) {
    assert.throws(() => client.sendMany(...given), { kind: 'invalid_request', outcome: 'not_sent', message: text })
  }
  const { sendMany } = client
  assert.throws(() => sendMany([]), /this is undefined; it takes the client/)
  const undefinedOptions = { rate: undefined, maxInFlight: undefined, onProgress: undefined, signal: undefined }
  assert.equal((await collect(client.sendMany(items(2), undefinedOptions))).length, 2)
  assert.equal(requests.length, 2)
})

test('a faulty signal is refused, and nothing is sent', async (t) => {
  const { requests, createClient } = await serve(t)
  const signal = { aborted: false, removeEventListener() {}, addEventListener() { throw new Error('faulty') } }
  await assert.rejects(collect(createClient().sendMany(items(2), { signal })), { kind: 'invalid_request', message: /signal is of type object/ })
  assert.equal(requests.length, 0)
})

test('rate: evenly spaced', async (t) => {
  const { createClient } = await serve(t)
  const began = performance.now()
  const results = await collect(createClient({ timeoutMs: 60_000 }).sendMany(items(11), { rate: 50 }))
  assert.ok(results.every(({ result }) => result))
  assert.ok(performance.now() - began >= 190)
})

test('several calls of next at once, more than may be in flight', async (t) => {
  const { createClient } = await serve(t)
  const many = createClient().sendMany(items(10), { maxInFlight: 2 })
  const results = await Promise.all(Array.from({ length: 15 }, () => many.next()))
  assert.deepEqual(messages(results.slice(0, 10).map(({ value }) => value)), expected(10))
  assert.ok(results.slice(10).every(({ done }) => done))
})

test('a source that calls the methods of its own iteration', async (t) => {
  const { createClient } = await serve(t)
  const client = createClient({ maxInFlight: 2 })
  function* cancelling() {
    yield item(0)
    many.cancel()
    yield item(1)
  }
  let many = client.sendMany(cancelling())
  assert.deepEqual(messages(await collect(many)), expected(2))
  function* leaving() {
    yield item(0)
    many.return().catch(() => {})
    yield item(1)
  }
  many = client.sendMany(leaving())
  assert.deepEqual(await collect(many), [])
  function* asking() {
    yield item(0)
    many.next().then(({ value }) => (asked = value))
    yield item(1)
  }
  let asked
  many = client.sendMany(asking())
  const results = await collect(many)
  assert.deepEqual(messages([...results, asked]), expected(2))
})

test('in a pipeline, and behind a proxy', async (t) => {
  const { createClient } = await serve(t)
  const client = new Proxy(createClient(), {})
  const seen = []
  await pipeline(
    Readable.from(items(50)),
    (source) => client.sendMany(source, { maxInFlight: 5 }),
    async (results) => {
      for await (const { item: { message } } of results) seen.push(message)
    }
  )
  assert.deepEqual(seen.sort(), expected(50))
  assert.equal((await collect(Readable.from(client.sendMany(items(5))))).length, 5)
})

test('a closed client: each item has the error', async () => {
  const client = new Client(credentials)
  client.close()
  const results = await collect(client.sendMany(items(3)))
  assert.deepEqual(results.map(({ error, outcome }) => [error.kind, outcome]), Array(3).fill(['configuration', 'not_sent']))
})

test('single sends and several iterations at once', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient({ maxInFlight: 8 })
  const single = Array.from({ length: 200 }, (_, i) => client.sendToPeer('r', 'p', `s${i}`))
  const many = Array.from({ length: 4 }, (_, i) => collect(client.sendMany(i % 2 ? items(100) : itemsLater(100))))
  for (const results of await Promise.all(many)) assert.deepEqual(messages(results), expected(100))
  assert.equal((await Promise.all(single)).length, 200)
  assert.equal(requests.length, 600)
  await client[Symbol.asyncDispose]()
})

test('sends in flight keep the process alive, also if nobody asks for their results; then nothing does', async (t) => {
  const { baseUrl, requests } = await serve(t, (response, n) => setTimeout(respondSent, n * 20, response))
  const program = `
    const many = client.sendMany((function* () { for (let i = 0; i < 100; i++) yield { roomId: 'r', message: 'm' } })(), { maxInFlight: 5 })
    many.next().then(({ value }) => console.log(value.result.message))`
  assert.equal(await runWithClient(program, baseUrl), 'message sent\n')
  assert.equal(requests.length, 5)
})

test('disposing of the client waits for the sends of an iteration', async (t) => {
  const { requests, createClient, arrived } = await serveSome(t, 1)
  const client = createClient({ maxInFlight: 2 })
  const many = client.sendMany(items(10))
  await many.next()
  await arrived(2)
  let isDisposed = false
  const disposing = client[Symbol.asyncDispose]().then(() => (isDisposed = true))
  await turn()
  assert.equal(isDisposed, false)
  await many.return()
  await disposing
  assert.ok(requests.length <= 3)
})

test('in a worker thread, which may be terminated meanwhile', async (t) => {
  const { baseUrl } = await serve(t, (response, n) => setTimeout(respondSent, n % 5, response))
  const code = `
    const { parentPort, workerData: { options, count } } = require('node:worker_threads')
    const { Client } = require(${JSON.stringify(packageDirectory)})
    const client = new Client(options)
    const items = function* () { for (let i = 0; i < count; i++) yield { roomId: 'r', message: 'm' } }
    const main = async () => {
      let sent = 0
      for await (const { result } of client.sendMany(items())) parentPort.postMessage(result && ++sent)
    }
    main()`
  const program = `
    const { once } = require('node:events')
    const { Worker } = require('node:worker_threads')
    const worker = (count) => new Worker(${JSON.stringify(code)}, { eval: true, workerData: { options, count } })
    const main = async () => {
      const whole = worker(200)
      let last
      whole.on('message', (sent) => (last = sent))
      await once(whole, 'exit')
      console.log(last)
      for (let round = 0; round < 20; round++) {
        const thread = worker(1e9)
        thread.on('message', (sent) => sent === 1 + round * 7 && thread.terminate())
        await once(thread, 'exit')
      }
      console.log((await client.broadcast('r', 'still here')).message)
    }
    main()`
  assert.equal(await runWithClient(program, baseUrl), '200\nmessage sent\n')
})
