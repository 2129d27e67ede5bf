// Sends in flight block neither the event loop nor libuv's thread pool.
import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { respondSent, serve, deferred } from './server.mjs'
import { runWithClient } from './tools.mjs'

const SENDS = 500

/** A server that responds only after all sends have arrived and `respond` was called. */
async function serveLate(t) {
  const waiting = []
  const [allArrived, mayRespond] = [deferred(), deferred()]
  const { createClient, baseUrl } = await serve(t, (response) => {
    waiting.push(response)
    if (waiting.length === SENDS) allArrived.resolve()
  })
  mayRespond.promise.then(() => waiting.forEach(respondSent))
  return { createClient, baseUrl, allArrived: allArrived.promise, respond: mayRespond.resolve }
}

test('500 sends in flight block neither the event loop nor libuv’s thread pool', async (t) => {
  const { createClient, allArrived, respond } = await serveLate(t)
  const client = createClient({ maxInFlight: SENDS })
  let settled = 0
  const sends = Array.from({ length: SENDS }, (_, i) =>
    client.broadcast('r', `${i}`).finally(() => {
      settled += 1
    })
  )
  // The server is in this process: they can all arrive only if none blocks until its response.
  await allArrived
  for (let i = 0; i < 20; i += 1) {
    await wait(10)
    const text = await readFile(import.meta.filename)
    assert.ok(text.equals(await promisify(gunzip)(await promisify(gzip)(text))))
    assert.match((await lookup('localhost')).address, /^(127\.|::1$)/)
    await new Promise(setImmediate)
  }
  assert.equal(settled, 0)
  respond()
  const sendResults = await Promise.all(sends)
  assert.ok(sendResults.every(({ message, attempts }) => message === 'message sent' && attempts === 1))
})

test('sends do not use libuv’s thread pool, even if it has one thread', async (t) => {
  const { baseUrl, allArrived, respond } = await serveLate(t)
  const program = `
    const { readFile } = require('node:fs')
    const { lookup } = require('node:dns')
    const wideClient = new Client({ ...options, maxInFlight: ${SENDS} })
    const sends = Array.from({ length: ${SENDS} }, () => wideClient.broadcast('r', 'hi'))
    Promise.all(sends).then(({ length }) => console.log(length))
    process.stdin.once('data', () => {
      readFile(${JSON.stringify(import.meta.filename)}, (error) => {
        lookup('localhost', () => console.log(error ?? 'read and looked up'))
      })
    })`
  const onStart = async (child) => {
    await allArrived
    child.stdin.end('all have arrived')
    child.stdout.once('data', respond)
  }
  const env = { UV_THREADPOOL_SIZE: '1' }
  assert.equal(await runWithClient(program, baseUrl, { env, onStart }), `read and looked up\n${SENDS}\n`)
})
