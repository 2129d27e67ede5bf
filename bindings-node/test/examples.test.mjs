// Runs the examples: the servers as programs, the job handler in BullMQ's own queue and worker.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Client, RoomcastError } from 'roomcast'
import { credentials, respondSent, serve } from './server.mjs'
import { node, packageDirectory } from './tools.mjs'

const examples = join(packageDirectory, 'examples')

/** Responds as the room's name says. */
function respond(response) {
  const [, room] = /active-rooms\/(\w+)/.exec(response.req.url)
  if (room === 'gone') response.writeHead(404).end('{"code":404,"message":"no such room"}')
  else if (room === 'busy') response.writeHead(429, { 'retry-after': '3600' }).end()
  else if (room === 'broken') response.writeHead(500).end()
  else respondSent(response)
}

/** A port on which nothing listens. */
async function closedPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs a server from examples/ while `use` sends requests to it. It must exit with 0 on SIGTERM. */
async function whileServing(file, baseUrl, use) {
  const env = { PORT: '0', HMS_ACCESS_KEY: credentials.accessKey, HMS_SECRET: credentials.secret, HMS_BASE_URL: baseUrl }
  let used
  const onStart = (child) => {
    used = once(child.stdout, 'data')
      .then(([line]) => use(`http://127.0.0.1:${/^listening on (\d+)$/m.exec(line)[1]}`))
      .finally(() => child.kill('SIGTERM'))
  }
  await Promise.all([node([join(examples, file)], { env, onStart }), used])
}

for (const file of ['express.js', 'fastify.js']) {
  test(`${file} sends, and responds with the outcome`, async (t) => {
    const { requests, baseUrl } = await serve(t, respond)
    await whileServing(file, baseUrl, async (address) => {
      const post = async (path, body = { message: 'hi' }) => {
        const headers = { 'content-type': 'application/json', connection: 'close' }
        const response = await fetch(`${address}/rooms/${path}/messages`, { method: 'POST', headers, body: JSON.stringify(body) })
        return [response.status, await response.json().catch(() => undefined), response.headers.get('retry-after')]
      }
      const sendResult = { message: 'message sent', attempts: 1 }
      assert.deepEqual(await post('r'), [200, sendResult, null])
      assert.deepEqual(await post('r/peers/p'), [200, sendResult, null])
      assert.deepEqual(requests.map(({ body }) => body), [{ message: 'hi', type: 'chat' }, { message: 'hi', peer_id: 'p', type: 'chat' }])
      // A missing peer id does not become a broadcast.
      assert.ok((await post('r/peers/'))[0] >= 400)
      assert.deepEqual(await post('r/peers/%20'), [400, { kind: 'invalid_request', outcome: 'not_sent' }, null])
      assert.equal((await post('r', {}))[0], 400)
      assert.equal(requests.length, 2)
      assert.deepEqual(await post('gone'), [404, { kind: 'not_found', outcome: 'rejected' }, null])
      assert.deepEqual(await post('broken'), [504, { kind: 'server', outcome: 'unknown' }, null])
      assert.deepEqual(await post('busy'), [429, { kind: 'rate_limited', outcome: 'rejected' }, '3600'])
      // The whole client pauses.
      assert.deepEqual(await post('r'), [429, { kind: 'rate_limited', outcome: 'not_sent' }, '60'])
    })
  })

  test(`${file} responds with not_sent if 100ms cannot be reached`, async () => {
    await whileServing(file, `http://127.0.0.1:${await closedPort()}/v2`, async (address) => {
      const response = await fetch(`${address}/rooms/r/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: '{"message":"hi"}'
      })
      assert.deepEqual([response.status, await response.json()], [503, { kind: 'connection', outcome: 'not_sent' }])
    })
  })
}

// BullMQ stores its jobs in Redis or Postgres. Postgres can run in this process, Redis cannot.
describe('bullmq.js', () => {
  const { runMigrations, DEFAULT_SCHEMA, createPostgresBackend, withBackend } = createRequire(join(examples, 'x.js'))('bullmq')
  const { Queue, Worker } = withBackend(createPostgresBackend)
  let database
  let connection
  let example

  before(async () => {
    const load = (name) => import(pathToFileURL(createRequire(join(examples, 'x.js')).resolve(name)))
    const { PGlite } = await load('@electric-sql/pglite')
    database = await PGlite.create()
    connection = poolOf(database)
    await runMigrations(await connection.connect(), DEFAULT_SCHEMA)
    await database.exec(`SET search_path TO ${DEFAULT_SCHEMA}`)
    example = await import('../examples/bullmq.js')
  })
  after(() => database.close())

  /** Runs a job in BullMQ's worker. Returns its state, the error of each run of the handler, and its return value. */
  async function runJob(t, client, data) {
    const { jobOptions, workerOptions, makeHandler } = example
    const name = `messages-${data.roomId}-${Math.random()}`
    const queue = new Queue(name, { connection })
    const handler = makeHandler(client)
    const errors = []
    const recordingHandler = async (job) => {
      errors.push(undefined)
      return handler(job).catch((error) => {
        errors[errors.length - 1] = error
        throw error
      })
    }
    const worker = new Worker(name, recordingHandler, { ...workerOptions, connection })
    t.after(() => Promise.all([worker.close(), queue.close()]))
    // The options of the example, with a shorter backoff.
    const { id } = await queue.add('send', data, { ...jobOptions, backoff: { type: 'fixed', delay: 5 } })
    await new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('completed', resolve)
      worker.on('failed', (job) => job.finishedOn && resolve())
    })
    const job = await queue.getJob(id)
    return { state: await job.getState(), errors, returned: job.returnvalue }
  }

  test('a job whose message is sent completes', async (t) => {
    const { createClient, requests } = await serve(t, respond)
    const { state, returned } = await runJob(t, createClient(), { roomId: 'r', peerId: 'p', message: 'hi' })
    assert.deepEqual([state, returned], ['completed', { message: 'message sent', attempts: 1 }])
    assert.deepEqual(requests.map(({ body }) => body), [{ message: 'hi', peer_id: 'p', type: 'chat' }])
  })

  test('a message that never left is retried until it is sent', async (t) => {
    const { requests, createClient, baseUrl } = await serve(t, respond)
    const closedUrl = `http://127.0.0.1:${await closedPort()}/v2`
    const [unreachable, reachable] = [createClient({ baseUrl: closedUrl, maxAttempts: 1 }), createClient({ baseUrl })]
    let calls = 0
    const recovering = { sendToPeer: (...rest) => (++calls < 3 ? unreachable : reachable).sendToPeer(...rest) }
    const { state, errors } = await runJob(t, recovering, { roomId: 'r', peerId: 'p', message: 'hi' })
    assert.equal(state, 'completed')
    assert.deepEqual(errors.map((error) => error?.outcome), ['not_sent', 'not_sent', undefined])
    assert.equal(requests.length, 1)
  })

  test('a message that never leaves fails its job after all attempts', async (t) => {
    const baseUrl = `http://127.0.0.1:${await closedPort()}/v2`
    const client = new Client({ ...credentials, baseUrl, maxAttempts: 1 })
    const { state, errors } = await runJob(t, client, { roomId: 'r', peerId: 'p', message: 'hi' })
    assert.equal(state, 'failed')
    assert.equal(errors.length, example.jobOptions.attempts)
  })

  for (const [roomId, kind, outcome] of [
    ['broken', 'server', 'unknown'],
    ['gone', 'not_found', 'rejected'],
    ['busy', 'rate_limited', 'rejected'],
    ['', 'invalid_request', 'not_sent']
  ]) {
    test(`${kind}, ${outcome}: the job fails without a retry`, async (t) => {
      const { createClient, requests } = await serve(t, respond)
      const { state, errors } = await runJob(t, createClient(), { roomId, peerId: 'p', message: 'hi' })
      assert.deepEqual([state, errors.length], ['failed', 1])
      assert.equal(errors[0].name, 'UnrecoverableError')
      assert.ok(errors[0].cause instanceof RoomcastError)
      assert.deepEqual([errors[0].cause.kind, errors[0].cause.outcome], [kind, outcome])
      assert.equal(requests.length, roomId === '' ? 0 : 1)
    })
  }
})

/** The part of node-postgres's pool that BullMQ uses, over a database in this process. */
function poolOf(database) {
  const query = async (text, values) => {
    // As in node-postgres, numbers that may exceed JavaScript's stay text.
    const parsers = { 20: String, 1700: String }
    const results = values === undefined ? await database.exec(text) : [await database.query(text, values, { parsers })]
    const { rows = [], affectedRows = 0 } = results.at(-1) ?? {}
    return { rows, rowCount: rows.length || affectedRows }
  }
  const connect = async () => {
    const client = new EventEmitter()
    const release = database.onNotification((channel, payload) => client.emit('notification', { channel, payload }))
    return Object.assign(client, { query, release })
  }
  // Each queue adds an error listener.
  return Object.assign(new EventEmitter().setMaxListeners(0), { query, connect, end: async () => {}, options: { keepAlive: true } })
}
