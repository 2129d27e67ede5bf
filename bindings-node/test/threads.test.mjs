// Worker threads: each loads its own copy of the package and creates its own clients. Run in child processes, so that a
// crash fails only one test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { respondSent, serve } from './server.mjs'
import { packageDirectory, runWithClient } from './tools.mjs'

/** Adds `worker(code)` to a program: it starts a thread in which `Client`, `options`, `client` and `parentPort` are defined. */
const withWorkers = (program) => `
  const { once } = require('node:events')
  const { Worker } = require('node:worker_threads')
  const head = "const { parentPort, workerData: options } = require('node:worker_threads');" +
    'const { Client } = require(' + ${JSON.stringify(JSON.stringify(packageDirectory))} + ');' +
    'const client = new Client(options);'
  const worker = (code, more) => new Worker(head + code, { eval: true, workerData: options, ...more })
  const exited = async (thread) => {
    const [code] = await once(thread, 'exit')
    if (code !== 0 && code !== 1) throw new Error('a thread exited with ' + code)
    return code
  }
  const main = async () => {
    ${program}
    console.log((await client.broadcast('r', 'still here')).message)
  }
  main()`

test('a client in each of several threads', async (t) => {
  const { baseUrl, requests } = await serve(t)
  const program = withWorkers(`
    const code = \`
      Promise.all(Array.from({ length: 100 }, () => client.broadcast('r', 'hi'))).then((all) => parentPort.postMessage(all.length))\`
    const threads = Array.from({ length: 4 }, () => worker(code))
    const counts = threads.map(async (thread) => (await once(thread, 'message'))[0])
    const codes = threads.map(exited)
    await Promise.all(Array.from({ length: 100 }, () => client.broadcast('r', 'hi')))
    console.log(await Promise.all(counts), await Promise.all(codes))`)
  assert.equal(await runWithClient(program, baseUrl), '[ 100, 100, 100, 100 ] [ 0, 0, 0, 0 ]\nmessage sent\n')
  assert.equal(requests.length, 501)
})

test('sends in flight keep a thread alive, an idle client does not', async (t) => {
  const { baseUrl } = await serve(t, (response) => setTimeout(respondSent, 50, response))
  const program = withWorkers(`
    await exited(worker(''))
    const thread = worker("client.broadcast('r', 'hi').then(({ message }) => parentPort.postMessage(message))")
    const [[message]] = await Promise.all([once(thread, 'message'), exited(thread)])
    console.log(message)`)
  assert.equal(await runWithClient(program, baseUrl), 'message sent\nmessage sent\n')
})

const respondSoon = (response, n) => {
  if (response.req.url.includes('failing')) response.writeHead(500).end()
  else setTimeout(respondSent, n % 5, response)
}

const busy = `
  const signal = new AbortController().signal
  const again = () => client.broadcast('r', 'hi').then(again, again)
  const abortable = () => client.broadcast('r', 'hi', { signal }).then(abortable, abortable)
  const failing = () => client.broadcast('failing', 'hi').catch(failing)
  const refused = () => client.broadcast('', 'hi').catch(() => setImmediate(refused))
  for (let i = 0; i < 8; i += 1) { again(); abortable(); failing() }
  refused()
  const count = (n) => client.broadcast('r', 'hi').then(() => { parentPort.postMessage(n); count(n + 1) })
  count(1)`

test('terminate() while sends are in flight, a hundred times', async (t) => {
  const { baseUrl } = await serve(t, respondSoon)
  const program = withWorkers(`
    const code = ${JSON.stringify(busy)}
    // Before the first response, at it, and while more arrive.
    const round = async (n) => {
      const thread = worker(code)
      const exit = exited(thread)
      if (n === 0) thread.on('online', () => thread.terminate())
      else thread.on('message', (seen) => seen === n && thread.terminate())
      await exit
    }
    for (let i = 0; i < 25; i += 1) await Promise.all([0, 1, 2, 5].map(round))`)
  assert.equal(await runWithClient(program, baseUrl), 'message sent\n')
})

test('process.exit in a thread ends that thread only', async (t) => {
  const { baseUrl } = await serve(t, respondSoon)
  const program = withWorkers(`
    const code = ${JSON.stringify(busy)} + ";client.broadcast('r', 'hi').then(() => process.exit(0))"
    for (let i = 0; i < 10; i += 1) await Promise.all([exited(worker(code)), exited(worker(code))])`)
  assert.equal(await runWithClient(program, baseUrl), 'message sent\n')
})

test('the process may exit while its threads send', async (t) => {
  const { baseUrl } = await serve(t, respondSoon)
  const program = withWorkers(`
    const threads = [0, 1, 2].map(() => worker(${JSON.stringify(busy)}))
    await Promise.all(threads.map((thread) => once(thread, 'message')))
    process.exit(0)`)
  for (let i = 0; i < 10; i += 1) await runWithClient(program, baseUrl)
})

test('a thread’s own process.env is read', async (t) => {
  const { baseUrl } = await serve(t)
  const program = withWorkers(`
    const show = "const shown = () => { try { return require('node:util').inspect(new Client()) } catch (e) { return e.message } };"
    const showInWorker = async (code, more) => (await once(worker(show + code + ';parentPort.postMessage(shown())', more), 'message'))[0]
    const env = { HMS_ACCESS_KEY: 'k', HMS_SECRET: 's', HMS_BASE_URL: 'http://127.0.0.1:9/of-the-thread' }
    console.log((await showInWorker('', { env })).includes('of-the-thread'))
    console.log((await showInWorker('Object.assign(process.env, ' + JSON.stringify(env) + ')')).includes('of-the-thread'))
    console.log(process.env.HMS_SECRET, (await showInWorker('')).includes('no credentials'))
    Object.assign(process.env, { ...env, HMS_BASE_URL: 'http://127.0.0.1:9/of-the-process' })
    console.log(require('node:util').inspect(new Client()).includes('of-the-process'))
    console.log((await showInWorker('', { env: {} })).includes('no credentials'))`)
  assert.equal(await runWithClient(program, baseUrl), 'true\ntrue\nundefined true\ntrue\ntrue\nmessage sent\n')
})
