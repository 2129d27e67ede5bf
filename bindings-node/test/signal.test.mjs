// AbortSignal.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Client, RoomcastError } from 'roomcast'
import { credentials, sent, serve, signalled } from './server.mjs'

/** A server that never answers, and tells when a request has arrived. */
async function silent(t) {
  const arrived = signalled()
  return { ...(await serve(t, () => arrived.resolve())), arrived: arrived.promise }
}

test('aborted before the call: nothing is sent', async (t) => {
  const { requests, client } = await serve(t)
  const one = client()
  const reason = new Error('too late')
  const error = await one.broadcast('r', 'hi', { signal: AbortSignal.abort(reason) }).catch((e) => e)
  assert.ok(error instanceof RoomcastError)
  assert.deepEqual([error.kind, error.outcome, error.attempts], ['cancelled', 'not_sent', 0])
  assert.equal(error.cause, reason)
  await one.broadcast('r', 'the next')
  assert.deepEqual(requests.map(({ body }) => body.message), ['the next'])
})

test('aborted while the server thinks: rejects at once, and it is unknown', async (t) => {
  const { client, arrived } = await silent(t)
  const controller = new AbortController()
  const sending = client().broadcast('r', 'hi', { signal: controller.signal })
  await arrived
  const order = []
  const settled = sending.catch((error) => {
    order.push('rejected')
    return error
  })
  controller.abort('enough')
  setImmediate(() => order.push('the event loop came round'))
  const error = await settled
  await new Promise(setImmediate)
  assert.deepEqual(order, ['rejected', 'the event loop came round'])
  assert.deepEqual([error.kind, error.outcome, error.attempts], ['cancelled', 'unknown', 1])
  assert.equal(error.cause, 'enough')
})

test('aborted in line: it never leaves', async (t) => {
  const { requests, client, arrived } = await silent(t)
  const one = client({ maxInFlight: 1 })
  const [first, second] = [new AbortController(), new AbortController()]
  const ahead = one.broadcast('r', 'first', { signal: first.signal })
  await arrived
  const inLine = one.broadcast('r', 'second', { signal: second.signal })
  second.abort()
  await assert.rejects(inLine, { kind: 'cancelled', outcome: 'not_sent', cause: second.signal.reason })
  first.abort()
  await assert.rejects(ahead, { kind: 'cancelled', outcome: 'unknown' })
  assert.deepEqual(requests.map(({ body }) => body.message), ['first'])
})

test('AbortSignal.timeout and AbortSignal.any', async (t) => {
  const { client } = await silent(t)
  const one = client()
  const timeout = await one.broadcast('r', 'hi', { signal: AbortSignal.timeout(20) }).catch((e) => e)
  assert.equal(timeout.kind, 'cancelled')
  assert.equal(timeout.cause.name, 'TimeoutError')

  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(3_600_000)])
  const sending = one.broadcast('r', 'hi', { signal })
  controller.abort()
  const any = await sending.catch((e) => e)
  assert.equal(any.kind, 'cancelled')
  assert.equal(any.cause.name, 'AbortError')
})

test('a signal is left as it was', async (t) => {
  const { client } = await serve(t, (response, n) => (n % 2 ? sent(response) : response.writeHead(400).end()))
  const one = client()
  const { signal } = new AbortController()
  const mine = () => {}
  signal.addEventListener('abort', mine)
  const warnings = []
  process.on('warning', (warning) => warnings.push(warning))
  const sends = Array.from({ length: 40 }, () => one.broadcast('r', 'hi', { signal }))
  // One listener for all of them: Node warns of more than ten.
  assert.equal(getEventListeners(signal, 'abort').length, 2)
  await Promise.allSettled([...sends, one.broadcast('', 'refused', { signal })])
  assert.deepEqual(getEventListeners(signal, 'abort'), [mine])
  await new Promise(setImmediate)
  assert.deepEqual(warnings, [])
})

test('another listener cannot keep an abort from a send, nor the send the abort from it', async (t) => {
  const { client, arrived } = await silent(t)
  const controller = new AbortController()
  const heard = []
  controller.signal.addEventListener('abort', (event) => {
    heard.push('first')
    event.stopImmediatePropagation()
  })
  controller.signal.onabort = () => heard.push('stopped')
  const sending = client().broadcast('r', 'hi', { signal: controller.signal })
  await arrived
  controller.abort()
  await assert.rejects(sending, { kind: 'cancelled', cause: controller.signal.reason })
  assert.deepEqual(heard, ['first'])

  const { client: other, arrived: itsArrived } = await silent(t)
  const second = new AbortController()
  const aborted = other().broadcast('r', 'hi', { signal: second.signal })
  second.signal.addEventListener('abort', () => heard.push('second'))
  await itsArrived
  second.abort()
  await assert.rejects(aborted, { kind: 'cancelled' })
  assert.deepEqual(heard, ['first', 'second'])
})

test('a signal that is not Node’s own aborts too', async (t) => {
  const { client, arrived } = await silent(t)
  const one = client()
  class Polyfill extends EventTarget {
    aborted = false
    reason = undefined
    abort(reason) {
      Object.assign(this, { aborted: true, reason })
      this.dispatchEvent(new Event('abort'))
    }
  }
  const signal = new Polyfill()
  const sending = one.broadcast('r', 'hi', { signal })
  await arrived
  signal.abort('polyfilled')
  await assert.rejects(sending, { kind: 'cancelled', cause: 'polyfilled' })
})

test('a reason of any kind is the cause', async (t) => {
  const { client } = await silent(t)
  const one = client()
  for (const reason of [new Error('x'), 'text', 7, null, { a: 1 }]) {
    const controller = new AbortController()
    const sending = one.broadcast('r', 'hi', { signal: controller.signal })
    controller.abort(reason)
    const error = await sending.catch((e) => e)
    assert.equal(error.cause, reason)
    assert.ok(Object.hasOwn(error, 'cause'))
  }
})

test('aborted while it connects: it never leaves', async (t) => {
  // Takes connections and says nothing, so the TLS handshake goes on for ever.
  const connected = signalled()
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
  const one = new Client({ ...credentials, baseUrl: `https://127.0.0.1:${mute.address().port}/v2` })
  const controller = new AbortController()
  const sending = one.broadcast('r', 'hi', { signal: controller.signal })
  await connected.promise
  controller.abort()
  await assert.rejects(sending, { kind: 'cancelled', outcome: 'not_sent', attempts: 1 })
})

test('an abort after the end changes nothing', async (t) => {
  const { client } = await serve(t)
  const controller = new AbortController()
  const sendResult = await client().broadcast('r', 'hi', { signal: controller.signal })
  controller.abort()
  assert.equal(sendResult.message, 'message sent')
})

test('many sends on one signal all end with it', async (t) => {
  const { client, arrived } = await silent(t)
  const controller = new AbortController()
  const one = client({ maxInFlight: 4 })
  const sends = Array.from({ length: 100 }, () => one.broadcast('r', 'hi', { signal: controller.signal }))
  await arrived
  controller.abort()
  for (const { reason } of await Promise.allSettled(sends)) {
    assert.equal(reason.kind, 'cancelled')
    assert.match(reason.outcome, /^(not_sent|unknown)$/)
  }
  await one[Symbol.asyncDispose]()
})

test('what is no signal is refused; undefined is none', async (t) => {
  const { requests, client } = await serve(t)
  const one = client()
  for (const signal of [null, 'abort', 7, {}, new AbortController(), { aborted: 'no' }]) {
    await assert.rejects(one.broadcast('r', 'hi', { signal }), {
      kind: 'invalid_request',
      outcome: 'not_sent',
      message: /signal is .*it takes an AbortSignal/
    })
  }
  assert.equal(requests.length, 0)
  await one.broadcast('r', 'hi', { signal: undefined })
  assert.equal(requests.length, 1)
})
