// The methods, their promises and their errors.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Client, RoomcastError } from 'roomcast'
import { credentials, respondSent, serve, deferred } from './server.mjs'
import { packageDirectory } from './tools.mjs'

const require = createRequire(import.meta.url)

test('import and require give the same classes', () => {
  const required = require('roomcast')
  assert.equal(required.Client, Client)
  assert.equal(required.RoomcastError, RoomcastError)
  assert.deepEqual(Object.keys(required), ['Client', 'RoomcastError', 'WebhookError', 'Webhooks', 'chat', 'event', 'reaction'])
})

test('each method sends to its audience', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  assert.deepEqual(await client.sendMessage('r', 'a', { peerId: 'p', type: 'chat' }), {
    message: 'message sent',
    attempts: 1
  })
  await client.sendToPeer('r', 'p', 'b', { type: 'chat' })
  await client.sendToRole('r', 'host', 'c')
  await client.broadcast('r', 'd', {})
  await client.sendMessage('r', 'e', undefined)
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
  const { version } = require('roomcast/package.json')
  assert.equal(requests[0].headers['user-agent'], `roomcast/${version} (node/${process.versions.node})`)
})

test('the package has the version of the library', async (t) => {
  const { requests, createClient } = await serve(t)
  await createClient().broadcast('r', 'hi')
  const { version } = require('roomcast/package.json')
  assert.ok(requests[0].headers['user-agent'].startsWith(`roomcast/${version} `))
})

test('Unicode text arrives as it was given', async (t) => {
  const { requests, createClient } = await serve(t)
  const text = ' é 漢字 🂡 \u0000 \ufffd\n'
  await createClient().broadcast('r', text)
  assert.equal(requests[0].body.message, text)
})

test('an error has the response’s fields and its kind’s', async (t) => {
  const { createClient } = await serve(t, (response) => {
    response.writeHead(429, { 'retry-after': '7' })
    response.end('{"code":429,"message":"slow down","details":["too many"]}')
  })
  const error = await createClient({ maxAttempts: 1 }).broadcast('r', 'the text').catch((e) => e)
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

test('the cause is the system’s error, with Node’s code', async (t) => {
  const { createClient } = await serve(t, (response) => response.socket.resetAndDestroy())
  const reset = await createClient().broadcast('r', 'hi').catch((e) => e)
  assert.deepEqual([reset.kind, reset.outcome, reset.cause.code], ['connection', 'unknown', 'ECONNRESET'])
  assert.equal(reset.cause.errno, -constants.errno.ECONNRESET)
  assert.match(inspect(reset), /\[cause\]: Error: .*\(os error \d+\)/)
  assert.throws(() => new Client({ ...credentials, caFile: '/nowhere.pem' }), ({ kind, cause }) => {
    return kind === 'configuration' && cause instanceof Error && cause.code === 'ENOENT'
  })
})

test('a property that an error does not have is absent', async () => {
  const error = await new Client(credentials).broadcast('', 'hi').catch((e) => e)
  assert.deepEqual(Object.keys(error), ['kind', 'outcome', 'attempts'])
  assert.deepEqual(error.details, [])
  assert.equal(error.status, undefined)
})

test('inspect shows the error’s properties and no secret', async (t) => {
  const { createClient } = await serve(t, (response) => {
    response.statusCode = 403
    response.end(`{"message":"no: the-very-secret and my private text"}`)
  })
  const client = createClient()
  const error = await client.broadcast('r', 'my private text').catch((e) => e)
  const shown = inspect(error)
  assert.match(shown, /^RoomcastError: permission_denied: /)
  assert.match(shown, /outcome: 'rejected'/)
  for (const text of [shown, inspect(client), inspect({ client }), JSON.stringify([client, error])]) {
    assert.doesNotMatch(text, /the-very-secret|private text/)
  }
  assert.match(inspect(client), /^Client \{ baseUrl: 'http:/)
})

test('loaded twice in a process, as by a test runner with a module registry for each file', async (t) => {
  const { createClient, baseUrl } = await serve(t)
  const own = Object.keys(require.cache).filter((path) => path.startsWith(packageDirectory))
  const kept = own.map((path) => [path, require.cache[path]])
  for (const path of own) delete require.cache[path]
  const again = require('roomcast')
  t.after(() => kept.forEach(([path, module]) => (require.cache[path] = module)))
  assert.notEqual(again.Client, Client)
  const [first, second] = [createClient(), new again.Client({ ...credentials, baseUrl })]
  const sends = Array.from({ length: 50 }, (_, i) => (i % 2 ? first : second).broadcast('r', 'hi'))
  assert.equal((await Promise.all(sends)).length, 50)
  await assert.rejects(second.broadcast('', 'hi'), again.RoomcastError)
})

test('an error that is not awaited has no line of the caller, and all properties', async (t) => {
  const { createClient } = await serve(t, (response) => response.writeHead(500).end())
  const error = await new Promise((resolve) => void createClient().broadcast('r', 'hi').catch(resolve))
  assert.equal(error.stack, `RoomcastError: ${error.message}`)
  assert.equal(error.kind, 'server')
})

test('sends never throw synchronously', async () => {
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

test('an extra argument is refused: it may have been meant as a recipient', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const kind = { kind: 'invalid_request', outcome: 'not_sent' }
  await assert.rejects(client.sendMessage('r', 'hi', undefined, { peerId: 'p' }), kind)
  await assert.rejects(client.sendToPeer('r', 'p', 'hi', {}, 'x'), kind)
  await assert.rejects(client.sendToRole('r', 'host', 'hi', {}, 'x'), kind)
  await assert.rejects(client.broadcast('r', 'hi', {}, undefined), /argument 4 is undefined/)
  assert.throws(() => new Client(credentials, {}), { kind: 'configuration' })
  assert.equal(requests.length, 0)
})

test('a lone surrogate is not valid text', async (t) => {
  const { requests, createClient } = await serve(t)
  const client = createClient()
  const broken = 'a\ud83c'
  const calls = [
    client.broadcast(broken, 'hi'),
    client.broadcast('r', broken),
    client.broadcast('r', 'hi', { type: broken }),
    client.sendToPeer('r', broken, 'hi'),
    client.sendMessage('r', 'hi', { role: broken })
  ]
  for (const call of calls) {
    await assert.rejects(call, { kind: 'invalid_request', message: /is not valid Unicode/ })
  }
  assert.throws(() => new Client({ accessKey: broken, secret: 's' }), { kind: 'configuration' })
  assert.equal(requests.length, 0)
})

test('use after close is refused; sends in flight are completed', async (t) => {
  const [arrived, mayRespond] = [deferred(), deferred()]
  const { createClient } = await serve(t, async (response) => {
    arrived.resolve()
    await mayRespond.promise
    respondSent(response)
  })
  const client = createClient()
  const sending = client.broadcast('r', 'hi')
  await arrived.promise
  client.close()
  client.close()
  await assert.rejects(client.broadcast('r', 'hi'), { kind: 'configuration', outcome: 'not_sent' })
  mayRespond.resolve()
  assert.equal((await sending).attempts, 1)
})

test('disposing waits for sends in flight', async (t) => {
  const [arrived, mayRespond] = [deferred(), deferred()]
  const { createClient } = await serve(t, async (response) => {
    arrived.resolve()
    await mayRespond.promise
    respondSent(response)
  })
  const client = createClient()
  const sending = client.broadcast('r', 'hi')
  await arrived.promise
  let disposed = false
  const disposing = client[Symbol.asyncDispose]().then(() => (disposed = true))
  await assert.rejects(client.broadcast('r', 'hi'), { kind: 'configuration' })
  await new Promise(setImmediate)
  assert.equal(disposed, false)
  mayRespond.resolve()
  await Promise.all([sending, disposing])
  await client[Symbol.asyncDispose]()
})

test('a stack trace leads to the caller', async (t) => {
  const { createClient } = await serve(t, (response) => response.writeHead(500).end())
  const client = createClient()
  const topFrame = (error) => error.stack.split('\n').find((line) => line.startsWith('    at '))

  async function awaited() {
    await client.broadcast('r', 'hi')
  }
  assert.match(topFrame(await awaited().catch((e) => e)), /awaited .*send\.test\.mjs:/)

  async function together() {
    await Promise.all([client.sendToPeer('r', 'p', 'hi')])
  }
  assert.match((await together().catch((e) => e)).stack, /together .*send\.test\.mjs:/)

  function refused() {
    return client.sendMessage('r', 'hi', { peerId: '' })
  }
  assert.match(topFrame(await refused().catch((e) => e)), /refused .*send\.test\.mjs:/)

  function construct() {
    return new Client({ baseUrl: 'nonsense' })
  }
  assert.throws(construct, (error) => /construct .*send\.test\.mjs:/.test(topFrame(error)))
})

test('an override of a method does not hide the caller', async () => {
  class Spied extends Client {
    async broadcast(...rest) {
      return await super.broadcast(...rest)
    }
  }
  const error = await new Spied(credentials).broadcast('', 'hi').catch((e) => e)
  assert.match(error.stack, /send\.test\.mjs:/)
})

test('each promise gets its own result', async (t) => {
  const { createClient } = await serve(t, (response, n) => {
    response.end(JSON.stringify({ message: `result ${n}` }))
  })
  const client = createClient({ maxInFlight: 1 })
  for (let round = 0; round < 3; round += 1) {
    const sends = Array.from({ length: 50 }, (_, i) => client.broadcast(i % 5 === 0 ? '' : 'r', 'hi'))
    const results = await Promise.allSettled(sends)
    const numbers = results.filter(({ value }) => value).map(({ value }) => Number(value.message.slice(7)))
    assert.deepEqual(numbers, Array.from({ length: 40 }, (_, i) => round * 40 + i + 1))
    assert.equal(results.filter(({ reason }) => reason?.kind === 'invalid_request').length, 10)
  }
})
