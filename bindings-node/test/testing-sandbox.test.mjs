// roomcast/testing: a sandbox in a test.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, describe, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, RoomcastError, Webhooks } from 'roomcast'
import { SandboxPeer, startSandbox, useSandbox } from 'roomcast/testing'
import { emptyDirectory, node, packageDirectory, sandboxProgram } from './tools.mjs'

process.env.ROOMCAST_SANDBOX ??= sandboxProgram
const environment = { ROOMCAST_SANDBOX: process.env.ROOMCAST_SANDBOX }

/** Whether something listens at a URL. */
async function listens(url) {
  const socket = connect(new URL(url).port, '127.0.0.1')
  const open = await once(socket, 'connect').then(() => true, () => false)
  socket.destroy()
  return open
}

async function assertEnds(url) {
  // It has no deadline but the test's own.
  while (await listens(url)) await sleep(20)
}

describe('a sandbox', () => {
  const sandbox = useSandbox({ before, beforeEach, after })

  test('has peers, which receive what is sent to them', async () => {
    const ann = await sandbox().join('room', { role: 'host', userId: 'ann', name: 'Ann', metadata: '{}' })
    const bob = await sandbox().join('room', { peerId: 'bob' })
    assert.ok(ann instanceof SandboxPeer)
    assert.deepEqual({ ...ann }, { peerId: ann.peerId, roomId: 'room', role: 'host', userId: 'ann', name: 'Ann', metadata: '{}' })
    assert.deepEqual([bob.peerId, bob.role, bob.userId], ['bob', 'guest', ''])
    const client = sandbox().client()
    assert.deepEqual((await client.listPeers('room')).map(({ userId }) => userId).sort(), ['', 'ann'])

    await client.sendToPeer('room', ann.peerId, 'your cards', { type: 'cards' })
    await bob.expectNothing({ forMs: 0 })
    const [{ message, type, sender, time }] = await ann.received()
    assert.deepEqual([message, type, sender, time instanceof Date], ['your cards', 'cards', null, true])
    await client.sendToUser('room', 'ann', '1')
    await client.broadcast('room', '2')
    assert.deepEqual((await ann.received({ count: 2 })).map((one) => one.message), ['1', '2'])
    assert.deepEqual((await bob.received()).map((one) => one.message), ['2'])
    await Promise.all([ann, bob].map((peer) => peer.expectNothing()))

    await bob.leave()
    await assert.rejects(client.sendToPeer('room', 'bob', 'hi'), { kind: 'not_found' })
  })

  test('waits for what is sent later', async () => {
    const ann = await sandbox().join('room')
    const client = sandbox().client()
    const received = ann.received({ count: 2 })
    await client.broadcast('room', '1')
    await client.broadcast('room', '2')
    assert.deepEqual((await received).map((one) => one.message), ['1', '2'])
    const nothing = assert.rejects(ann.expectNothing({ forMs: 60_000 }), { name: 'AssertionError', message: /received a message: \["3"\]/ })
    await client.broadcast('room', '3')
    await nothing
  })

  test('tells what was received instead of what was expected', async () => {
    const ann = await sandbox().join('room', { peerId: 'p1', userId: 'ann', role: 'host' })
    await sandbox().client().broadcast('room', 'one')
    await assert.rejects(ann.received({ count: 2, timeoutMs: 20 }), (error) => {
      assert.equal(error.name, 'AssertionError')
      assert.equal(error.message, 'the peer p1 of ann (host) received 1 of 2 messages, and for 20 ms no other: ["one"]')
      assert.deepEqual(error.actual, ['one'])
      return true
    })
  })

  test('is empty at the beginning of each test', async () => {
    assert.deepEqual(await sandbox().requests(), [])
    await assert.rejects(sandbox().client().getRoom('room'), { kind: 'not_found' })
  })

  test('names a field that is wrong', async () => {
    await assert.rejects(sandbox().join('room', { user: 'ann' }), { name: 'TypeError', message: /^user: / })
    await assert.rejects(sandbox().join('room', { userId: 7 }), { name: 'TypeError', message: /^userId: / })
    await assert.rejects(sandbox().join('no room'), { name: 'TypeError', message: /^roomId: / })
    await assert.rejects(sandbox().fault({ kind: 'flood' }), { name: 'TypeError', message: /^kind: / })
    await assert.rejects(sandbox().fault({ kind: 'delay', delayMs: -1 }), { name: 'TypeError', message: /^delayMs: / })
  })

  test('fails as it is told to', async () => {
    const ann = await sandbox().join('room')
    const client = sandbox().client({ maxAttempts: 1 })
    const outcome = () => client.broadcast('room', 'hi').then(() => 'accepted', (error) => `${error.kind} ${error.outcome}`)
    await sandbox().fault({ kind: 'status', status: 503, count: 1 })
    assert.deepEqual([await outcome(), await outcome()], ['server unknown', 'accepted'])
    assert.equal((await ann.received()).length, 1)
    await sandbox().fault({ kind: 'lost_answer', count: 1 })
    assert.equal(await outcome(), 'connection unknown')
    assert.equal((await ann.received()).length, 1)
    const other = await sandbox().fault({ kind: 'disconnect', roomId: 'other' })
    const fault = await sandbox().fault({ kind: 'disconnect' })
    assert.equal(await outcome(), 'connection unknown')
    await fault.remove()
    assert.equal(await outcome(), 'accepted')
    await other.remove()
    await sandbox().fault({ kind: 'rate_limit', perSecond: 1 })
    const outcomes = [await outcome(), await outcome(), await outcome()]
    assert.ok(outcomes.includes('rate_limited rejected'), outcomes)
    await sandbox().clearFaults()
    assert.equal(await outcome(), 'accepted')
    const requests = await sandbox().requests()
    assert.deepEqual(requests.slice(0, 3).map(({ status, roomId }) => [status, roomId]), [[503, 'room'], [200, 'room'], [null, 'room']])
    assert.deepEqual(requests.slice(0, 3).map((one) => one.outcome), ['unknown', 'accepted', 'unknown'])
    assert.ok(requests.every(({ time }) => time instanceof Date))
  })

  test('posts webhooks at the app', async (t) => {
    const webhooks = new Webhooks({ secret: 'of the app' })
    const events = []
    const app = createServer(async (request, response) => {
      events.push(webhooks.read(request.headers['x-secret'], await text(request)))
      response.end('thanks')
    })
    await once(app.listen(0, '127.0.0.1'), 'listening')
    t.after(() => app.close())
    const url = `http://127.0.0.1:${app.address().port}/webhook`
    const headers = { 'X-Secret': 'of the app' }
    const posted = await sandbox().webhook('peer.join.success', { roomId: 'room', peerId: 'p1', data: { user_id: 'ann' }, url, headers })
    assert.deepEqual(posted, { status: 200, attempts: 1, body: 'thanks' })
    const [{ type, roomId, peerId, userId }] = events
    assert.deepEqual([type, roomId, peerId, userId], ['peer.join.success', 'room', 'p1', 'ann'])

    await sandbox().setWebhookTarget(url, headers)
    const bob = await sandbox().join('room', { userId: 'bob' })
    while (!events.some((event) => event.userId === 'bob')) await sleep(5)
    await bob.leave()
    while (!events.some((event) => event.type === 'peer.leave.success')) await sleep(5)
    await assert.rejects(sandbox().webhook('recording.success', { roomId: 'room', url: 'nowhere' }), { name: 'TypeError', message: /^url: / })
  })

  test('works while the program’s HTTP and clock are replaced', async (t) => {
    t.mock.method(globalThis, 'fetch', () => Promise.reject(new Error('not in a test')))
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    const ann = await sandbox().join('room')
    await sandbox().client().broadcast('room', 'hi')
    await ann.received()
    await ann.expectNothing()
    await assert.rejects(ann.received({ timeoutMs: 20 }), { name: 'AssertionError' })
    mock.timers.reset()
  })

  test('has the guard on', () => {
    assert.equal(process.env.ROOMCAST_ONLY_SANDBOX, '1')
    const real = { accessKey: 'k', secret: 's' }
    for (const options of [real, { ...real, baseUrl: 'https://api.100ms.live/v2' }, { ...real, onlySandbox: false, baseUrl: 'https://example.com/v2' }]) {
      assert.throws(() => new Client(options), (error) => error instanceof RoomcastError && error.kind === 'configuration')
    }
  })
})

test('a sandbox is in use before the first test only by mistake', () => {
  const sandbox = useSandbox({ before() {}, beforeEach() {}, after() {} })
  assert.throws(sandbox, /before the first test/)
})

test('a sandbox serves TLS', async () => {
  const sandbox = await startSandbox({ tls: true })
  assert.match(sandbox.url, /^https:/)
  const { caFile, ...others } = sandbox.clientOptions
  assert.ok(existsSync(caFile))
  const ann = await sandbox.join('room')
  await sandbox.client().broadcast('room', 'hi')
  await ann.received()
  const strange = new Client({ ...others, maxAttempts: 1 })
  await assert.rejects(strange.broadcast('room', 'hi'), { kind: 'connection', outcome: 'not_sent' })
  await sandbox.stop()
})

test('a stopped sandbox is gone, and so are its clients', async () => {
  const sandbox = await startSandbox()
  const client = sandbox.client()
  assert.ok(await listens(sandbox.url))
  await sandbox.stop()
  assert.ok(!(await listens(sandbox.url)))
  await assert.rejects(client.broadcast('room', 'hi'), { kind: 'configuration' })
  await assert.rejects(sandbox.join('room'), /the sandbox does not respond/)
  await sandbox.stop()
  await (await startSandbox())[Symbol.asyncDispose]()
})

test('its options are the program’s', async () => {
  const sandbox = await startSandbox({ args: ['--rate-limit', '1'] })
  const client = sandbox.client({ maxAttempts: 1 })
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => client.getRoom('room')))
  assert.ok(results.some(({ reason }) => reason.kind === 'rate_limited'))
  await sandbox.stop()
  await assert.rejects(startSandbox({ args: ['--no-such-option'] }), /^Error: roomcast-sandbox did not start: it ended with 2: .*--no-such-option/s)
})

describe('the program', () => {
  test('is named by a variable, else is that of the package, else on the PATH', async (t) => {
    const directory = emptyDirectory(t)
    const start = `const { startSandbox } = require(${JSON.stringify(join(packageDirectory, 'testing.js'))})
      startSandbox().then((sandbox) => sandbox.stop()).then(() => console.log('stopped'), (error) => console.log(error.message))`
    const run = (env) => node(['--eval', start], { cwd: directory, env: { PATH: '', ...env } })
    const missing = await run({ ROOMCAST_SANDBOX: '' })
    assert.match(missing, /^roomcast-sandbox was not found\. Install it with `npm install --save-dev roomcast-sandbox`/)
    assert.match(await run({ ROOMCAST_SANDBOX: join(directory, 'none') }), /^roomcast-sandbox did not start: spawn .* ENOENT/)
    assert.equal(await run(environment), 'stopped\n')
    assert.equal(await run({ ROOMCAST_SANDBOX: '', PATH: join(process.env.ROOMCAST_SANDBOX, '..') }), 'stopped\n')
  })

  test('does not take keys of the environment', async () => {
    const program = `require('roomcast/testing').startSandbox().then(async (sandbox) => {
      console.log(sandbox.environment.HMS_SECRET)
      await sandbox.stop()
    })`
    const printed = await node(['--eval', program], { cwd: packageDirectory, env: { ...environment, HMS_ACCESS_KEY: 'real', HMS_SECRET: 'a-real-secret' } })
    assert.doesNotMatch(printed, /real/)
  })
})

describe('a sandbox ends with its process', () => {
  const start = `const { startSandbox } = require('roomcast/testing')
    startSandbox().then((sandbox) => `

  test('which it does not keep alive', async () => {
    const url = await node(['--eval', `${start} console.log(sandbox.url))`], { cwd: packageDirectory, env: environment })
    await assertEnds(url)
  })

  test('if that exits', async () => {
    const exits = `${start} (console.log(sandbox.url), setInterval(() => {}, 1000), process.exit(3)))`
    const [url] = await Promise.all([node(['--eval', `${exits}`], { cwd: packageDirectory, env: environment, exit: 3 })])
    await assertEnds(url)
  })

  test('if that is killed', async () => {
    const hangs = `${start} (console.log(sandbox.url), setInterval(() => {}, 1000)))`
    const url = await node(['--eval', hangs], {
      cwd: packageDirectory,
      env: environment,
      exit: 'SIGKILL',
      onStart: (child) => child.stdout.once('data', () => child.kill('SIGKILL'))
    })
    await assertEnds(url)
  })

  test('or with its worker thread', async () => {
    const worker = `const { parentPort } = require('node:worker_threads')
      ${start} parentPort.postMessage(sandbox.url))
      setInterval(() => {}, 1000)`
    const program = `const { Worker } = require('node:worker_threads')
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true })
      worker.once('message', async (url) => {
        await worker.terminate()
        for (;;) await fetch(url).then(() => {}, () => (console.log(url), process.exit()))
      })`
    await node(['--eval', program], { cwd: packageDirectory, env: environment })
  })
})

test('the sample tests of the documentation run in node:test', async (t) => {
  const directory = emptyDirectory(t)
  writeFileSync(join(directory, 'sample.test.mjs'), `
    import assert from 'node:assert/strict'
    import * as runner from 'node:test'
    import { useSandbox } from ${JSON.stringify(join(packageDirectory, 'testing.mjs'))}
    const sandbox = useSandbox(runner)
    runner.test('one', async () => {
      const ann = await sandbox().join('room', { role: 'host', userId: 'ann' })
      await sandbox().client().sendToRole('room', 'host', 'hi')
      assert.equal((await ann.received())[0].message, 'hi')
    })
    runner.test('another', () => assert.rejects(sandbox().client().getRoom('room')))`)
  assert.match(await node(['--test', directory], { cwd: directory, env: environment }), /# pass 2/)
})
