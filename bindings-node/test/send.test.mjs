// The methods, their promises and their errors.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Client, RoomcastError } from 'roomcast'
import { credentials, sent, serve, signalled } from './server.mjs'
import { packageDirectory } from './tools.mjs'

const require = createRequire(import.meta.url)

test('import and require give the same classes', () => {
  const required = require('roomcast')
  assert.equal(required.Client, Client)
  assert.equal(required.RoomcastError, RoomcastError)
  assert.deepEqual(Object.keys(required), ['Client', 'RoomcastError', 'WebhookError', 'Webhooks'])
})

test('each method sends what it says', async (t) => {
  const { requests, client } = await serve(t)
  const one = client()
  assert.deepEqual(await one.sendMessage('r', 'a', { peerId: 'p', type: 'chat' }), {
    message: 'message sent',
    attempts: 1
  })
  await one.sendToPeer('r', 'p', 'b', { type: 'chat' })
  await one.sendToRole('r', 'host', 'c')
  await one.broadcast('r', 'd', {})
  await one.sendMessage('r', 'e', undefined)
  assert.deepEqual(
    requests.map(({ body }) => body),
    [
      { message: 'a', peer_id: 'p', type: 'chat' },
      { message: 'b', peer_id: 'p', type: 'chat' },
      { message: 'c', role: 'host' },
      { message: 'd' },
      { message: 'e' }
    ]
  )
  assert.equal(requests[0].url, '/v2/active-rooms/r/send-message')
  assert.equal(requests[0].headers['user-agent'], `roomcast/0.1.0 (node/${process.versions.node})`)
})

test('the package has the version of the library', async (t) => {
  const { requests, client } = await serve(t)
  await client().broadcast('r', 'hi')
  const { version } = require('roomcast/package.json')
  assert.ok(requests[0].headers['user-agent'].startsWith(`roomcast/${version} `))
})

test('text of every script arrives as it was given', async (t) => {
  const { requests, client } = await serve(t)
  const text = ' é 漢字 🂡 \u0000 \ufffd\n'
  await client().broadcast('r', text)
  assert.equal(requests[0].body.message, text)
})

test('an error has the answer’s words and the kind’s fields', async (t) => {
  const { client } = await serve(t, (response) => {
    response.writeHead(429, { 'retry-after': '7' })
    response.end('{"code":429,"message":"slow down","details":["too many"]}')
  })
  const error = await client({ maxAttempts: 1 }).broadcast('r', 'the text').catch((e) => e)
  assert.ok(error instanceof RoomcastError && error instanceof Error)
  assert.equal(error.name, 'RoomcastError')
  const { kind, outcome, status, code, serverMessage, details, retryAfterMs, attempts } = error
  assert.deepEqual(
    { kind, outcome, status, code, serverMessage, details, retryAfterMs, attempts },
    {
      kind: 'rate_limited',
      outcome: 'rejected',
      status: 429,
      code: 429,
      serverMessage: 'slow down',
      details: ['too many'],
      retryAfterMs: 7000,
      attempts: 1
    }
  )
})

test('the cause is the system’s own error, with the code that Node gives it', async (t) => {
  const { client } = await serve(t, (response) => response.socket.resetAndDestroy())
  const reset = await client().broadcast('r', 'hi').catch((e) => e)
  assert.deepEqual([reset.kind, reset.outcome, reset.cause.code], ['connection', 'unknown', 'ECONNRESET'])
  assert.equal(reset.cause.errno, -constants.errno.ECONNRESET)
  assert.match(inspect(reset), /\[cause\]: Error: .*\(os error \d+\)/)
  assert.throws(() => new Client({ ...credentials, caFile: '/nowhere.pem' }), ({ kind, cause }) => {
    return kind === 'configuration' && cause instanceof Error && cause.code === 'ENOENT'
  })
})

test('what an error does not know is not there', async () => {
  const error = await new Client(credentials).broadcast('', 'hi').catch((e) => e)
  assert.deepEqual(Object.keys(error), ['kind', 'outcome', 'attempts'])
  assert.deepEqual(error.details, [])
  assert.equal(error.status, undefined)
})

test('inspect shows what is known and no secret', async (t) => {
  const { client } = await serve(t, (response) => {
    response.statusCode = 403
    response.end(`{"message":"no: the-very-secret and my private text"}`)
  })
  const one = client()
  const error = await one.broadcast('r', 'my private text').catch((e) => e)
  const shown = inspect(error)
  assert.match(shown, /^RoomcastError: permission_denied: /)
  assert.match(shown, /outcome: 'rejected'/)
  for (const text of [shown, inspect(one), inspect({ one }), JSON.stringify([one, error])]) {
    assert.doesNotMatch(text, /the-very-secret|private text/)
  }
  assert.match(inspect(one), /^Client \{ baseUrl: 'http:/)
})

test('loaded twice in a process, as by a test runner with a registry of its own for each file', async (t) => {
  const { client, baseUrl } = await serve(t)
  const own = Object.keys(require.cache).filter((path) => path.startsWith(packageDirectory))
  const kept = own.map((path) => [path, require.cache[path]])
  for (const path of own) delete require.cache[path]
  const again = require('roomcast')
  t.after(() => kept.forEach(([path, module]) => (require.cache[path] = module)))
  assert.notEqual(again.Client, Client)
  const [first, second] = [client(), new again.Client({ ...credentials, baseUrl })]
  const sends = Array.from({ length: 50 }, (_, i) => (i % 2 ? first : second).broadcast('r', 'hi'))
  assert.equal((await Promise.all(sends)).length, 50)
  await assert.rejects(second.broadcast('', 'hi'), again.RoomcastError)
})

test('an error that nobody awaited has no line of the caller’s, and all else', async (t) => {
  const { client } = await serve(t, (response) => response.writeHead(500).end())
  const error = await new Promise((resolve) => void client().broadcast('r', 'hi').catch(resolve))
  assert.equal(error.stack, `RoomcastError: ${error.message}`)
  assert.equal(error.kind, 'server')
})

test('sends never throw before there is a promise', async () => {
  const client = new Client(credentials)
  const calls = [
    () => client.sendMessage(),
    () => client.sendMessage('r', 'hi', null),
    () => client.sendToPeer(),
    () => client.sendToRole('r', Symbol('role'), 'hi'),
    () => client.broadcast('r', {}),
    () => client.broadcast.call(undefined, 'r', 'hi')
  ]
  for (const call of calls) await assert.rejects(call())
})

test('an argument too many is refused, since a target might have been meant', async (t) => {
  const { requests, client } = await serve(t)
  const one = client()
  const kind = { kind: 'invalid_request', outcome: 'not_sent' }
  await assert.rejects(one.sendMessage('r', 'hi', undefined, { peerId: 'p' }), kind)
  await assert.rejects(one.sendToPeer('r', 'p', 'hi', {}, 'x'), kind)
  await assert.rejects(one.sendToRole('r', 'host', 'hi', {}, 'x'), kind)
  await assert.rejects(one.broadcast('r', 'hi', {}, undefined), /argument 4 is null/)
  assert.throws(() => new Client(credentials, {}), { kind: 'configuration' })
  assert.equal(requests.length, 0)
})

test('half a surrogate pair is no text', async (t) => {
  const { requests, client } = await serve(t)
  const one = client()
  const broken = 'a\ud83c'
  const calls = [
    one.broadcast(broken, 'hi'),
    one.broadcast('r', broken),
    one.broadcast('r', 'hi', { type: broken }),
    one.sendToPeer('r', broken, 'hi'),
    one.sendMessage('r', 'hi', { role: broken })
  ]
  for (const call of calls) {
    await assert.rejects(call, { kind: 'invalid_request', message: /is not valid Unicode/ })
  }
  assert.throws(() => new Client({ accessKey: broken, secret: 's' }), { kind: 'configuration' })
  assert.equal(requests.length, 0)
})

test('use after close is refused; what was in flight ends', async (t) => {
  const [arrived, go] = [signalled(), signalled()]
  const { client } = await serve(t, async (response) => {
    arrived.resolve()
    await go.promise
    sent(response)
  })
  const one = client()
  const sending = one.broadcast('r', 'hi')
  await arrived.promise
  one.close()
  one.close()
  await assert.rejects(one.broadcast('r', 'hi'), { kind: 'configuration', outcome: 'not_sent' })
  go.resolve()
  assert.equal((await sending).attempts, 1)
})

test('disposing waits for what is in flight', async (t) => {
  const [arrived, go] = [signalled(), signalled()]
  const { client } = await serve(t, async (response) => {
    arrived.resolve()
    await go.promise
    sent(response)
  })
  const one = client()
  const sending = one.broadcast('r', 'hi')
  await arrived.promise
  let disposed = false
  const disposing = one[Symbol.asyncDispose]().then(() => (disposed = true))
  await assert.rejects(one.broadcast('r', 'hi'), { kind: 'configuration' })
  await new Promise(setImmediate)
  assert.equal(disposed, false)
  go.resolve()
  await Promise.all([sending, disposing])
  await one[Symbol.asyncDispose]()
})

test('a stack leads to the caller', async (t) => {
  const { client } = await serve(t, (response) => response.writeHead(500).end())
  const one = client()
  const here = (error) => error.stack.split('\n').find((line) => line.startsWith('    at '))

  async function answered() {
    await one.broadcast('r', 'hi')
  }
  assert.match(here(await answered().catch((e) => e)), /answered .*send\.test\.mjs:/)

  async function together() {
    await Promise.all([one.sendToPeer('r', 'p', 'hi')])
  }
  assert.match((await together().catch((e) => e)).stack, /together .*send\.test\.mjs:/)

  function refused() {
    return one.sendMessage('r', 'hi', { peerId: '' })
  }
  assert.match(here(await refused().catch((e) => e)), /refused .*send\.test\.mjs:/)

  function made() {
    return new Client({ baseUrl: 'nonsense' })
  }
  assert.throws(made, (error) => /made .*send\.test\.mjs:/.test(here(error)))
})

test('a spy in a method’s place does not hide the caller', async () => {
  class Spied extends Client {
    async broadcast(...rest) {
      return await super.broadcast(...rest)
    }
  }
  const error = await new Spied(credentials).broadcast('', 'hi').catch((e) => e)
  assert.match(error.stack, /send\.test\.mjs:/)
})

test('results go to those who wait for them', async (t) => {
  const { client } = await serve(t, (response, n) => {
    response.end(JSON.stringify({ message: `answer ${n}` }))
  })
  const one = client({ maxInFlight: 1 })
  for (let round = 0; round < 3; round += 1) {
    const sends = Array.from({ length: 50 }, (_, i) => one.broadcast(i % 5 === 0 ? '' : 'r', 'hi'))
    const results = await Promise.allSettled(sends)
    const answers = results.filter(({ value }) => value).map(({ value }) => Number(value.message.slice(7)))
    assert.deepEqual(answers, Array.from({ length: 40 }, (_, i) => round * 40 + i + 1))
    assert.equal(results.filter(({ reason }) => reason?.kind === 'invalid_request').length, 10)
  }
})
