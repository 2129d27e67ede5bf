// The clients that are measured, each used as in its documentation, with a timeout of 10 s. Each function creates a client,
// and returns a function that sends a message, or `sendMany` that sends all items of a generator, and the client's version. Only
// the measured client is imported.
import { tracingChannel } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import { Agent } from 'node:https'

const ROOM = '627cda81ab4f3b56a077dc33'
const PEER = '1038fa72-9345-4651-beab-436f9242ebf4'
const TIMEOUT_MS = 10_000
const require = createRequire(import.meta.url)

const text = (number) => `your cards: A♠ K♠ (${number})`
const body = (number) => ({ message: text(number), peer_id: PEER })
const path = `/active-rooms/${ROOM}/send-message`
// Of the same length as the token that roomcast mints.
const headers = () => ({ authorization: `Bearer ${process.env.BENCH_TOKEN}`, 'content-type': 'application/json' })

function check(status, response) {
  if (status !== 200 || response.message !== 'message sent') throw new Error(`HTTP ${status}, ${JSON.stringify(response)}`)
}

async function createClient({ url, caFile, inFlight }) {
  const { Client } = await import('../../bindings-node/index.mjs')
  return new Client({
    baseUrl: url,
    timeoutMs: TIMEOUT_MS,
    maxInFlight: Math.max(64, inFlight),
    ...(caFile && { caFile })
  })
}

const versionOfRoomcast = () => require('../../bindings-node/package.json').version

async function roomcast(options) {
  const client = await createClient(options)
  return { send: (number) => client.sendToPeer(ROOM, PEER, text(number)), version: versionOfRoomcast() }
}

/** With a subscriber that reads what most would: how long a send took, and how many attempts. */
async function roomcastObserved(options) {
  const seen = { attempts: 0, elapsedMs: 0 }
  tracingChannel('roomcast:send').subscribe({
    asyncEnd({ trace }) {
      seen.attempts += trace.attempts.length
      seen.elapsedMs += trace.elapsedMs
    }
  })
  return roomcast(options)
}

async function roomcastMany(options) {
  const client = await createClient(options)
  return {
    item: (number) => ({ roomId: ROOM, peerId: PEER, message: text(number) }),
    async sendMany(items) {
      for await (const { error } of client.sendMany(items)) if (error) throw error
    },
    version: versionOfRoomcast()
  }
}

// Node's fetch has no option for a certificate authority, so the caller sets NODE_EXTRA_CA_CERTS.
function fetchOfNode({ url }) {
  const to = url + path
  const common = { method: 'POST', headers: headers() }
  return {
    async send(number) {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(to, { ...common, body: JSON.stringify(body(number)), signal })
      check(response.status, await response.json())
    },
    version: process.version
  }
}

// One connection per send in flight: without the option, the number is unlimited.
async function undici({ url, ca, inFlight }) {
  const { Pool } = await import('undici')
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, {
    connections: inFlight,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    ...(ca && { connect: { ca } })
  })
  const common = { method: 'POST', path: pathname + path, headers: headers() }
  return {
    async send(number) {
      const response = await pool.request({ ...common, body: JSON.stringify(body(number)) })
      check(response.statusCode, await response.body.json())
    },
    version: require('undici/package.json').version
  }
}

async function axios({ url, ca }) {
  const { default: client } = await import('axios')
  // Node's default agents reuse connections since Node 19.
  const instance = client.create({
    baseURL: url,
    timeout: TIMEOUT_MS,
    headers: headers(),
    ...(ca && { httpsAgent: new Agent({ keepAlive: true, ca }) })
  })
  return {
    async send(number) {
      const response = await instance.post(path, body(number))
      check(response.status, response.data)
    },
    version: client.VERSION
  }
}

// 100ms's own SDK. It mints its token from the environment, as roomcast does. Its timeout is three minutes. It has no option
// for the timeout or the base URL, and does not return the response. By default it logs each request.
function official({ url, ca }) {
  const { SDK } = require('@100mslive/server-sdk')
  const sdk = new SDK()
  sdk.setLogLevel('warn')
  Object.assign(sdk.api.axios.defaults, { baseURL: url, ...(ca && { httpsAgent: new Agent({ keepAlive: true, ca }) }) })
  return {
    send: (number) => sdk.activeRooms.sendMessage(ROOM, body(number)),
    version: require('@100mslive/server-sdk/package.json').version
  }
}

export const CLIENTS = { roomcast, 'roomcast-observed': roomcastObserved, 'roomcast-many': roomcastMany, fetch: fetchOfNode, undici, axios, official }
