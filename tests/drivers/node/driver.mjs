// Calls the package as a user would, and prints the results; see ../README.md.
import { tracingChannel } from 'node:diagnostics_channel'
import { appendFileSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

const directory = process.env.ROOMCAST_PACKAGE ?? join(import.meta.dirname, '../../../bindings-node')
const roomcast = await import(pathToFileURL(join(directory, 'index.mjs')))
const { Client, RoomcastError, WebhookError, Webhooks, chat, reaction } = roomcast

// By their numbers: Node under wine cannot open pipes as process.stdin and process.stdout.
const [STDIN, STDOUT] = [0, 1]
const print = (line) => appendFileSync(STDOUT, `${JSON.stringify(line)}\n`)

function errorLine(error) {
  // Any other error is a bug in the package.
  if (!(error instanceof RoomcastError)) throw error
  const { kind, outcome, status = null, code = null, serverMessage = null, details } = error
  const { requestId = null, attempts, message } = error
  const retryAfter = error.retryAfterMs === undefined ? null : error.retryAfterMs / 1000
  return {
    error: {
      kind, outcome, status, code, server_message: serverMessage, details,
      retry_after: retryAfter, request_id: requestId, attempts, text: message, debug: inspect(error)
    }
  }
}

const methods = {
  send_message: (client, rest) => client.sendMessage(...rest),
  send_to_peer: (client, rest) => client.sendToPeer(...rest),
  send_to_role: (client, rest) => client.sendToRole(...rest),
  broadcast: (client, rest) => client.broadcast(...rest),
  send_to_user: (client, rest) => client.sendToUser(...rest),
  send_to_users: (client, rest) => client.sendToUsers(...rest),
  send_to_peers: (client, rest) => client.sendToPeers(...rest),
  send_to_roles: (client, rest) => client.sendToRoles(...rest),
  list_peers: (client, rest) => client.listPeers(...rest),
  get_room: (client, rest) => client.getRoom(...rest)
}

async function call(client, { method, ...given }) {
  if (method === 'close') {
    client.close()
    return { closed: true }
  }
  if (method === 'send_many') return sendMany(client, given)
  if (method === 'burst') return burst(client, given)
  if (method === 'drain') return drain(client, given)
  if (method === 'read_webhook') return readWebhook(given)
  if (method === 'pause') {
    await setTimeout(given.seconds * 1000)
    return { paused: true }
  }
  const takesTarget = method.startsWith('send_to_')
  const isQuery = method === 'list_peers' || method === 'get_room'
  const names = ['room_id', ...(takesTarget ? ['target'] : []), ...(isQuery ? [] : ['message']), 'options']
  const rest = names.map((name) => (name === 'message' ? messageOf(given.message) : given[name]))
  while (rest.length > 0 && rest.at(-1) === undefined) rest.pop()
  const result = await methods[method](client, rest)
  if (method === 'list_peers') return { peers: result.map(asJson) }
  if (Array.isArray(result)) return { recipients: result.map(recipientLine) }
  return method === 'get_room' ? { room: asJson(result) } : { send_result: asJson(result) }
}

function recipientLine({ peerId: peer_id, role, userId: user_id, result, error }) {
  return { peer_id, role, user_id, ...completedLine({ result, error }) }
}

const completedLine = ({ result, error }) => (error ? errorLine(error) : { send_result: asJson(result) })

async function sendMany(client, { items, count, room_id, message, cancel_after, items_raise_after, options }) {
  const given = items ?? Array.from({ length: count }, (_, number) => ({ room_id, message: `${message}.${number}` }))
  const numbers = new Map()
  async function* source() {
    for (const [number, one] of given.entries()) {
      if (number === items_raise_after) throw new ItemsError()
      const item = itemOf(one)
      numbers.set(item, number)
      yield item
    }
    if (items_raise_after === given.length) throw new ItemsError()
  }
  const results = Array.from(given, () => null)
  let raised = {}
  let completed = 0
  const many = client.sendMany(source(), ...(options === undefined ? [] : [options]))
  try {
    for await (const result of many) {
      results[numbers.get(result.item)] = completedLine(result)
      completed += 1
      if (completed === cancel_after) many.cancel()
    }
  } catch (error) {
    if (!(error instanceof ItemsError)) throw error
    raised = { raised: true }
  }
  if (items !== undefined) return { results: results.slice(0, items_raise_after), ...raised }
  const { accepted, notSent: not_sent, rejected, unknown } = many.progress
  return { results_count: { accepted, not_sent, rejected, unknown }, ...raised }
}

class ItemsError extends Error {}

/** An item as the language has it; what is not an object is passed as it is. */
function itemOf(given) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const { room_id: roomId, message, options, ...others } = given
  const item = { roomId, message: messageOf(message), ...others, ...options }
  for (const name of ['roomId', 'message']) if (item[name] === undefined) delete item[name]
  return item
}

/** The message, in which objects with a key like `$chat` stand for what JSON cannot express. */
function messageOf(given) {
  if (typeof given !== 'object' || given === null) return given
  if (Array.isArray(given)) return given.map(messageOf)
  if ('$chat' in given) return chat(given.$chat)
  if ('$event' in given) {
    const { name, payload } = given.$event
    return payload === undefined ? roomcast.event(name) : roomcast.event(name, messageOf(payload))
  }
  if ('$reaction' in given) {
    const { emoji_id: emojiId, sender_id: senderId } = given.$reaction
    return senderId === undefined ? reaction(emojiId) : reaction(emojiId, { senderId })
  }
  if ('$nan' in given) return NaN
  if ('$unsupported' in given) return new Map()
  if ('$cycle' in given) {
    const cycle = []
    cycle.push(cycle)
    return cycle
  }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, messageOf(value)]))
}

async function burst(client, { threads, each, room_id, message }) {
  await Promise.all(Array.from({ length: threads }, async (_, thread) => {
    for (let number = 0; number < each; number++) {
      const of = `${message}.${thread}.${number}`
      print({ of, ...await call(client, { method: 'broadcast', room_id, message: of }).catch(errorLine) })
    }
  }))
  return { burst: threads * each }
}

/** Starts sends without waiting for them, and drains. What has no result by then is not in the lines. */
async function drain(client, { count, room_id, message, timeout }) {
  const ended = []
  for (let number = 0; number < count; number++) {
    const of = `${message}.${number}`
    void client.broadcast(room_id, of).then(
      (result) => ended.push({ of, send_result: asJson(result) }),
      (error) => ended.push({ of, ...errorLine(error) })
    )
  }
  const all_ended = await client.drain({ timeoutMs: timeout * 1000 })
  const outcomes = { accepted: 0, not_sent: 0, rejected: 0, unknown: 0 }
  for (const line of ended) {
    print(line)
    outcomes[line.error?.outcome ?? 'accepted'] += 1
  }
  return { drain: { all_ended, ...outcomes } }
}

function readWebhook({ webhooks: options, given, body, body_hex: hex }) {
  const webhooks = new Webhooks(options)
  const shown = { webhooks: inspect(webhooks) }
  try {
    const event = webhooks.read(given, hex === undefined ? body : Buffer.from(hex, 'hex'))
    return { event: asJson(event), ...shown, debug: inspect(event) }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    const { kind, status, message } = error
    return { webhook_error: { kind, status, text: message, debug: inspect(error) }, ...shown }
  }
}

const asJson = (record) => Object.fromEntries(Object.entries(record).map(fieldAsJson))

function fieldAsJson([name, value]) {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return value instanceof Date ? [`${snake}_ms`, value.getTime()] : [snake, value]
}

/** Prints what can be observed to stderr, where the runner looks for secrets. Returns a function that prints the rest at the end. */
function observe() {
  // The package's own development dependencies.
  const require = createRequire(join(import.meta.dirname, '../../../bindings-node/package.json'))
  const { context, metrics, propagation, SpanKind, trace } = require('@opentelemetry/api')
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
  const { ExportResultCode, W3CTraceContextPropagator } = require('@opentelemetry/core')
  const { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics')
  const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base')
  const show = (text) => process.stderr.write(`${text}\n`)

  // As the exporter of Python's SDK writes them.
  function showSpan(span) {
    const { name, kind, attributes, events, links, status, parentSpanContext: parent } = span
    show(JSON.stringify({
      name, kind: `SpanKind.${SpanKind[kind]}`, context: { span_id: `0x${span.spanContext().spanId}` },
      parent_id: parent ? `0x${parent.spanId}` : null, attributes, events, links, status
    }))
  }
  const exporter = {
    export(spans, done) {
      spans.forEach(showSpan)
      done({ code: ExportResultCode.SUCCESS })
    },
    shutdown: async () => {}
  }
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  // Read at the end, long before the interval.
  const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(0), exportIntervalMillis: 2 ** 30 })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  for (const name of ['roomcast:send', 'roomcast:query']) {
    // Not `result` and `error`, which are the call's own.
    tracingChannel(name).subscribe({
      asyncEnd: ({ method, roomId, recipient, trace: one, traces }) => show(`trace: ${inspect({ method, roomId, recipient, one, traces }, { depth: 9 })}`)
    })
  }
  return async (client) => {
    const { resourceMetrics } = await reader.collect()
    show(`metrics: ${JSON.stringify(resourceMetrics.scopeMetrics)}`)
    show(`stats: ${inspect(client.stats())}`)
  }
}

/** A client without a server; these peers are in its rooms. */
async function fakeClient({ client: options, fake }) {
  const { FakeClient } = await import(pathToFileURL(join(directory, 'testing.mjs')))
  const created = new FakeClient(options)
  for (const { room_id: roomId, peer_id: peerId, user_id: userId, role, name } of fake) created.join(roomId, { peerId, userId, role, name })
  return created
}

const showRest = 'ROOMCAST_OPEN_TELEMETRY' in process.env ? observe() : undefined
const input = JSON.parse(readFileSync(STDIN, 'utf8'))
let client
try {
  client = input.fake === undefined ? new Client(input.client) : await fakeClient(input)
  print({ client: inspect(client) })
} catch (error) {
  print(errorLine(error))
}
for (const one of client ? input.calls : []) {
  print(await call(client, one).catch(errorLine))
}
if (client) await showRest?.(client)
if (client && input.fake) {
  const sent = client.sent.map(({ peerId: peer_id = null, role = null, message, type = null }) => ({ peer_id, role, message, type }))
  process.stderr.write(`${JSON.stringify({ sent })}\n`)
}
