// Sends in flight hold up neither the event loop nor libuv's threads.
import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { sent, serve, signalled } from './server.mjs'
import { runWithClient } from './tools.mjs'

const SENDS = 500

/** A server that answers no send before all of them have arrived, and it was told to. */
async function serveLate(t) {
  const waiting = []
  const [all, go] = [signalled(), signalled()]
  const { client, baseUrl } = await serve(t, (response) => {
    waiting.push(response)
    if (waiting.length === SENDS) all.resolve()
  })
  go.promise.then(() => waiting.forEach(sent))
  return { client, baseUrl, all: all.promise, go: go.resolve }
}

test('500 sends in flight, and the event loop and libuv’s threads are as free as without', async (t) => {
  const { client, all, go } = await serveLate(t)
  const one = client({ maxInFlight: SENDS })
  let ended = 0
  const sends = Array.from({ length: SENDS }, (_, i) =>
    one.broadcast('r', `${i}`).finally(() => {
      ended += 1
    })
  )
  // The server is in this very process: they can only all arrive if none waits for its answer.
  await all
  for (let i = 0; i < 20; i += 1) {
    await wait(10)
    const text = await readFile(import.meta.filename)
    assert.ok(text.equals(await promisify(gunzip)(await promisify(gzip)(text))))
    assert.match((await lookup('localhost')).address, /^(127\.|::1$)/)
    await new Promise(setImmediate)
  }
  assert.equal(ended, 0)
  go()
  const sendResults = await Promise.all(sends)
  assert.ok(sendResults.every(({ message, attempts }) => message === 'message sent' && attempts === 1))
})

test('not even where libuv has one thread', async (t) => {
  const { baseUrl, all, go } = await serveLate(t)
  const program = `
    const { readFile } = require('node:fs')
    const { lookup } = require('node:dns')
    const one = new Client({ ...options, maxInFlight: ${SENDS} })
    const sends = Array.from({ length: ${SENDS} }, () => one.broadcast('r', 'hi'))
    Promise.all(sends).then(({ length }) => console.log(length))
    process.stdin.once('data', () => {
      readFile(${JSON.stringify(import.meta.filename)}, (error) => {
        lookup('localhost', () => console.log(error ?? 'read and looked up'))
      })
    })`
  const meanwhile = async (child) => {
    await all
    child.stdin.end('all have arrived')
    child.stdout.once('data', go)
  }
  const env = { UV_THREADPOOL_SIZE: '1' }
  assert.equal(await runWithClient(program, baseUrl, { env, meanwhile }), `read and looked up\n${SENDS}\n`)
})
