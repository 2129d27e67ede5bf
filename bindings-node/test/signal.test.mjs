// AbortSignal.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Client, RoomcastError } from 'roomcast'
import { credentials, respondSent, serve, deferred } from './server.mjs'

/** A server that never responds; `arrived` resolves when it has a request. */
async function silent(t) {
  const arrived = deferred()
  return { ...(await serve(t, () => arrived.resolve())), arrived: arrived.promise }
}

test('a signal that is already aborted: nothing is sent', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const reason = new Error('too late')
  const error = await client.broadcast('r', 'hi', { signal: AbortSignal.abort(reason) }).catch((e) => e)
  assert.ok(error instanceof RoomcastError)
  assert.deepEqual([error.kind, error.outcome, error.attempts], ['cancelled', 'not_sent', 0])
  assert.equal(error.cause, reason)
  await client.broadcast('r', 'the next')
  assert.deepEqual(requests.map(({ body }) => body.message), ['the next'])
})

test('aborted while the server processes the request: rejects immediately, outcome unknown', async (t) => {
  const { createClient, arrived } = await silent(t)
  const controller = new AbortController()
  const sending = createClient().broadcast('r', 'hi', { signal: controller.signal })
  await arrived
  const order = []
  const settled = sending.catch((error) => {
    order.push('rejected')
    return error
  })
  controller.abort('enough')
  setImmediate(() => order.push('the event loop turned'))
  const error = await settled
  await new Promise(setImmediate)
  assert.deepEqual(order, ['rejected', 'the event loop turned'])
  assert.deepEqual([error.kind, error.outcome, error.attempts], ['cancelled', 'unknown', 1])
  assert.equal(error.cause, 'enough')
})

test('aborted while queued: it never leaves', async (t) => {
  const { requests, createClient, arrived } = await silent(t)
  const client = createClient({ maxInFlight: 1 })
  const [first, second] = [new AbortController(), new AbortController()]
  const inFlight = client.broadcast('r', 'first', { signal: first.signal })
  await arrived
  const queued = client.broadcast('r', 'second', { signal: second.signal })
  second.abort()
  await assert.rejects(queued, { kind: 'cancelled', outcome: 'not_sent', cause: second.signal.reason })
  first.abort()
  await assert.rejects(inFlight, { kind: 'cancelled', outcome: 'unknown' })
  assert.deepEqual(requests.map(({ body }) => body.message), ['first'])
})

test('AbortSignal.timeout and AbortSignal.any', async (t) => {
  const { createClient } = await silent(t)
  const client = createClient()
  const timeout = await client.broadcast('r', 'hi', { signal: AbortSignal.timeout(20) }).catch((e) => e)
  assert.equal(timeout.kind, 'cancelled')
  assert.equal(timeout.cause.name, 'TimeoutError')

  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(3_600_000)])
  const sending = client.broadcast('r', 'hi', { signal })
  controller.abort()
  const any = await sending.catch((e) => e)
  assert.equal(any.kind, 'cancelled')
  assert.equal(any.cause.name, 'AbortError')
})

test('roomcast’s listener is removed from the signal', async (t) => {
  const { createClient } = await serve(t, (response, n) => (n % 2 ? respondSent(response) : response.writeHead(400).end()))
  const client = createClient()
  const { signal } = new AbortController()
  const mine = () => {}
  signal.addEventListener('abort', mine)
  const warnings = []
  process.on('warning', (warning) => warnings.push(warning))
  const sends = Array.from({ length: 40 }, () => client.broadcast('r', 'hi', { signal }))
  // One listener for all of them: Node warns if there are more than ten.
  assert.equal(getEventListeners(signal, 'abort').length, 2)
  await Promise.allSettled([...sends, client.broadcast('', 'refused', { signal })])
  assert.deepEqual(getEventListeners(signal, 'abort'), [mine])
  await new Promise(setImmediate)
  assert.deepEqual(warnings, [])
})

test('other listeners do not keep an abort from a send, nor the send from them', async (t) => {
  const { createClient, arrived } = await silent(t)
  const controller = new AbortController()
  const heard = []
  controller.signal.addEventListener('abort', (event) => {
    heard.push('first')
    event.stopImmediatePropagation()
  })
  controller.signal.onabort = () => heard.push('stopped')
  const sending = createClient().broadcast('r', 'hi', { signal: controller.signal })
  await arrived
  controller.abort()
  await assert.rejects(sending, { kind: 'cancelled', cause: controller.signal.reason })
  assert.deepEqual(heard, ['first'])

  const { createClient: createOther, arrived: otherArrived } = await silent(t)
  const second = new AbortController()
  const aborted = createOther().broadcast('r', 'hi', { signal: second.signal })
  second.signal.addEventListener('abort', () => heard.push('second'))
  await otherArrived
  second.abort()
  await assert.rejects(aborted, { kind: 'cancelled' })
  assert.deepEqual(heard, ['first', 'second'])
})

test('a polyfilled signal aborts, too', async (t) => {
  const { createClient, arrived } = await silent(t)
  const client = createClient()
  class Polyfill extends EventTarget {
    aborted = false
    reason = undefined
    abort(reason) {
      Object.assign(this, { aborted: true, reason })
      this.dispatchEvent(new Event('abort'))
    }
  }
  const signal = new Polyfill()
  const sending = client.broadcast('r', 'hi', { signal })
  await arrived
  signal.abort('polyfilled')
  await assert.rejects(sending, { kind: 'cancelled', cause: 'polyfilled' })
})

test('a reason of any type is the cause', async (t) => {
  const { createClient } = await silent(t)
  const client = createClient()
  for (const reason of [new Error('x'), 'text', 7, null, { a: 1 }]) {
    const controller = new AbortController()
    const sending = client.broadcast('r', 'hi', { signal: controller.signal })
    controller.abort(reason)
    const error = await sending.catch((e) => e)
    assert.equal(error.cause, reason)
    assert.ok(Object.hasOwn(error, 'cause'))
  }
})

test('aborted while connecting: it never leaves', async (t) => {
  // Accepts connections and sends nothing, so the TLS handshake never completes.
  const connected = deferred()
  const sockets = []
  const mute = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    connected.resolve()
  })
  await new Promise((resolve) => mute.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    mute.close()
    sockets.forEach((socket) => socket.destroy())
  })
  const client = new Client({ ...credentials, baseUrl: `https://127.0.0.1:${mute.address().port}/v2` })
  const controller = new AbortController()
  const sending = client.broadcast('r', 'hi', { signal: controller.signal })
  await connected.promise
  controller.abort()
  await assert.rejects(sending, { kind: 'cancelled', outcome: 'not_sent', attempts: 1 })
})

test('an abort after completion changes nothing', async (t) => {
  const { createClient } = await serve(t)
  const controller = new AbortController()
  const sendResult = await createClient().broadcast('r', 'hi', { signal: controller.signal })
  controller.abort()
  assert.equal(sendResult.message, 'message sent')
})

test('one signal cancels many sends', async (t) => {
  const { createClient, arrived } = await silent(t)
  const controller = new AbortController()
  const client = createClient({ maxInFlight: 4 })
  const sends = Array.from({ length: 100 }, () => client.broadcast('r', 'hi', { signal: controller.signal }))
  await arrived
  controller.abort()
  for (const { reason } of await Promise.allSettled(sends)) {
    assert.equal(reason.kind, 'cancelled')
    assert.match(reason.outcome, /^(not_sent|unknown)$/)
  }
  await client[Symbol.asyncDispose]()
})

test('a value that is not a signal is refused; undefined counts as omitted', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  for (const signal of [null, 'abort', 7, {}, new AbortController(), { aborted: 'no' }]) {
    await assert.rejects(client.broadcast('r', 'hi', { signal }), {
      kind: 'invalid_request',
      outcome: 'not_sent',
      message: /signal is .*it takes an AbortSignal/
    })
  }
  assert.equal(requests.length, 0)
  await client.broadcast('r', 'hi', { signal: undefined })
  assert.equal(requests.length, 1)
})

/** A signal of a polyfill, which a program may have got wrong: `faults` are its members that differ. */
class FaultySignal extends EventTarget {
  aborted = false
  reason = 'faulty'
  constructor(faults) {
    super()
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(faults))
  }
  abort() {
    this.aborted = true
    this.dispatchEvent(new Event('abort'))
  }
}

const fails = () => {
  throw new Error('the signal is faulty')
}

test('a signal whose removeEventListener throws strands no send', async (t) => {
  const { createClient, requests } = await serve(t)
  const client = createClient()
  const sends = Array.from({ length: 50 }, (_, n) => {
    const signal = n % 2 ? undefined : new FaultySignal({ removeEventListener: fails })
    return client.broadcast('r', 'hi', { signal })
  })
  for (const sent of await Promise.all(sends)) assert.equal(sent.message, 'message sent')
  assert.equal(requests.length, 50)
  await client[Symbol.asyncDispose]()
})

test('an abort by a signal whose removeEventListener throws strands no send', async (t) => {
  const { createClient, arrived } = await silent(t)
  const client = createClient()
  const signal = new FaultySignal({ removeEventListener: fails })
  const sends = Array.from({ length: 10 }, () => client.broadcast('r', 'hi', { signal }))
  await arrived
  signal.abort()
  for (const { reason } of await Promise.allSettled(sends)) assert.deepEqual([reason.kind, reason.cause], ['cancelled', 'faulty'])
  await client[Symbol.asyncDispose]()
})

test('a signal whose reason cannot be read strands no send', async (t) => {
  const { createClient, arrived } = await silent(t)
  const client = createClient()
  const signal = new FaultySignal({ get reason() { return fails() } })
  const sends = Array.from({ length: 10 }, () => client.broadcast('r', 'hi', { signal }))
  await arrived
  signal.abort()
  for (const { reason } of await Promise.allSettled(sends)) {
    assert.equal(reason.kind, 'cancelled')
    assert.ok(!Object.hasOwn(reason, 'cause'))
  }
  const early = await client.broadcast('r', 'hi', { signal }).catch((e) => e)
  assert.deepEqual([early.kind, early.outcome], ['cancelled', 'not_sent'])
  await client[Symbol.asyncDispose]()
})

test('a signal that cannot be listened to is refused, and nothing is sent', async (t) => {
  const { createClient, requests } = await serve(t)
  const client = createClient()
  let reads = 0
  const faults = [{ addEventListener: fails }, { get aborted() { return reads++ % 2 ? fails() : false } }]
  for (const each of faults) {
    const error = await client.broadcast('r', 'hi', { signal: new FaultySignal(each) }).catch((e) => e)
    assert.deepEqual([error.kind, error.outcome], ['invalid_request', 'not_sent'])
    assert.match(error.message, /signal is of type object; it takes an AbortSignal/)
    assert.equal(error.cause.message, 'the signal is faulty')
  }
  await client[Symbol.asyncDispose]()
  assert.equal(requests.length, 0)
})
