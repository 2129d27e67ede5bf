// What a program sees of an error: in JSON, by its name, in another copy of the package.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { inspect } from 'node:util'
import vm from 'node:vm'
import { Client, RoomcastError, WebhookError, Webhooks } from 'roomcast'
import { credentials, serve } from './server.mjs'
import { copyOfPackage, emptyDirectory } from './tools.mjs'

const notFound = (response) => {
  response.statusCode = 404
  response.end('{"code":404,"message":"no such room","details":["a"]}')
}

function refusedWebhook(of = Webhooks) {
  try {
    return new of({ secret: 'the-webhook-secret' }).read('another', '{}')
  } catch (error) {
    return error
  }
}

test('JSON has the text and every property, and no secret', async (t) => {
  const { createClient } = await serve(t, notFound)
  const error = await createClient().broadcast('r', 'the-very-message').catch((e) => e)
  const json = JSON.stringify({ error })
  assert.deepEqual(JSON.parse(json).error, {
    name: 'RoomcastError',
    message: error.message,
    kind: 'not_found',
    outcome: 'rejected',
    status: 404,
    code: 404,
    serverMessage: 'no such room',
    details: ['a'],
    attempts: 1
  })
  for (const secret of [...Object.values(credentials), 'the-very-message']) assert.ok(!json.includes(secret))
  const { name, message, kind, status } = refusedWebhook()
  assert.deepEqual(JSON.parse(JSON.stringify(refusedWebhook())), { name, message, kind, status })
  // What a program adds is shown, as for any error.
  assert.equal(JSON.parse(JSON.stringify(Object.assign(error, { room: 'r' }))).room, 'r')
  assert.ok(!Object.keys(error).includes('toJSON') && !inspect(error).includes('toJSON'))
})

test('a cancelled operation has the name AbortError, as Node’s own, and is a RoomcastError', async (t) => {
  const { createClient } = await serve(t, () => {})
  const client = createClient()
  const aborted = await client.broadcast('r', 'hi', { signal: AbortSignal.abort() }).catch((e) => e)
  const timedOut = await client.broadcast('r', 'hi', { signal: AbortSignal.timeout(20) }).catch((e) => e)
  for (const error of [aborted, timedOut]) {
    assert.ok(error instanceof RoomcastError && error.kind === 'cancelled')
    assert.equal(error.name, 'AbortError')
    assert.match(error.stack, /^AbortError: cancelled: /)
    assert.equal(JSON.parse(JSON.stringify(error)).name, 'AbortError')
    assert.ok(!Object.keys(error).includes('name'))
  }
  assert.deepEqual([aborted.cause.name, timedOut.cause.name], ['AbortError', 'TimeoutError'])
  assert.equal(new RoomcastError('x', { kind: 'cancelled', outcome: 'not_sent', attempts: 0 }).name, 'AbortError')
  const other = await client.broadcast('', 'hi').catch((e) => e)
  assert.equal(other.name, 'RoomcastError')
})

test('two copies of the package recognise each other’s errors', async (t) => {
  const other = createRequire(import.meta.url)(copyOfPackage(emptyDirectory(t)))
  assert.notEqual(other.RoomcastError, RoomcastError)

  const ours = await new Client(credentials).broadcast('', 'hi').catch((e) => e)
  const theirs = await new other.Client(credentials).broadcast('', 'hi').catch((e) => e)
  for (const error of [ours, theirs]) {
    assert.ok(error instanceof RoomcastError && error instanceof other.RoomcastError)
    assert.ok(!(error instanceof WebhookError) && !(error instanceof other.WebhookError))
  }
  for (const error of [refusedWebhook(), refusedWebhook(other.Webhooks)]) {
    assert.ok(error instanceof WebhookError && error instanceof other.WebhookError)
    assert.ok(!(error instanceof RoomcastError) && !(error instanceof other.RoomcastError))
  }
})

test('nothing else is recognised', () => {
  class Own extends RoomcastError {}
  const fields = { kind: 'server', outcome: 'unknown', attempts: 1 }
  assert.ok(!(new RoomcastError('x', fields) instanceof Own))
  assert.ok(new Own('x', fields) instanceof Own && new Own('x', fields) instanceof RoomcastError)
  const others = [new Error('x'), { ...fields, name: 'RoomcastError' }, fields, 'RoomcastError', 7, null, undefined, () => {}]
  for (const value of [...others, vm.runInNewContext('new Error()')]) {
    assert.ok(!(value instanceof RoomcastError) && !(value instanceof WebhookError))
  }
})

test('a cause that is not there is not shown', async () => {
  const client = new Client({ ...credentials, baseUrl: 'http://127.0.0.1:1/v2' })
  const errors = [
    await client.broadcast('', 'hi').catch((e) => e),
    await client.broadcast('r', 'hi', { signal: Object.assign(new EventTarget(), { aborted: true }) }).catch((e) => e),
    new RoomcastError('x', { kind: 'server', outcome: 'unknown', attempts: 1, cause: undefined })
  ]
  for (const error of errors) {
    assert.ok(!Object.hasOwn(error, 'cause'), inspect(error))
    assert.doesNotMatch(inspect(error), /cause|undefined/)
  }
})
