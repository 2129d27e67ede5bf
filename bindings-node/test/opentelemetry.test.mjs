// Spans, metrics and traceparent, if the program uses OpenTelemetry: as many attempts as the server saw requests, under faults, too.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { hrTimeToMilliseconds, W3CBaggagePropagator, W3CTraceContextPropagator, CompositePropagator } from '@opentelemetry/core'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { AlwaysOffSampler, BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { deferred, respondSent, serve } from './server.mjs'
import { node, packageDirectory, runWithClient } from './tools.mjs'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 2 ** 30 })
const propagator = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })
const tracer = provider.getTracer('test')

beforeEach(() => {
  trace.disable()
  context.disable()
  propagation.disable()
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(propagator)
  exporter.reset()
})

const isAttempt = ({ kind }) => kind === SpanKind.CLIENT
const ofSpan = (parent) => (span) => span.parentSpanContext?.spanId === parent.spanContext().spanId
const begin = ({ startTime }) => hrTimeToMilliseconds(startTime)
const end = ({ endTime }) => hrTimeToMilliseconds(endTime)
const retryOnce = (response, n) => (n === 1 ? response.writeHead(429, { 'retry-after': '0' }).end() : respondSent(response))

/** Each attempt whose request left is a request that the server saw, with the span of its call as its parent. */
async function assertCounts(spans, requests) {
  const sent = spans.filter((span) => isAttempt(span) && span.attributes['http.request.size'] > 0)
  // On a busy machine the server reads a request after the client's deadline. If it never does, the run's own timeout ends this.
  while (requests.length < sent.length) await setTimeout(5)
  assert.equal(sent.length, requests.length)
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]))
  // An operation that is a part of a call carries the call's span along.
  const callOf = (span) => {
    const operation = byId.get(span.parentSpanContext.spanId)
    const call = byId.get(operation.parentSpanContext?.spanId)
    return call?.name.startsWith('roomcast ') ? call : operation
  }
  const parents = sent.map((span) => `00-${span.spanContext().traceId}-${callOf(span).spanContext().spanId}-01`)
  assert.deepEqual(requests.map(({ headers }) => headers.traceparent).sort(), parents.sort())
  for (const span of spans) {
    assert.ok(span.ended && end(span) >= begin(span))
    const parent = byId.get(span.parentSpanContext?.spanId)
    if (parent?.name.startsWith('roomcast ')) assert.ok(begin(span) >= begin(parent) && end(span) <= end(parent), `${span.name} is not within ${parent.name}`)
  }
}

/** No span says what a message says, or to whom it goes. */
function assertNothingSecret(spans) {
  const shown = inspect(spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })), { depth: 9 })
  for (const secret of ['the text', 'the-very-secret', 'the-peer', 'the-user', 'Bearer', 'eyJ', 'private']) assert.ok(!shown.includes(secret), shown)
}

test('a send with a retry: a span for the operation, in the caller’s, and a child for each attempt', async (t) => {
  const { requests, createClient, baseUrl } = await serve(t, retryOnce)
  await tracer.startActiveSpan('request', async (request) => {
    await createClient().sendToPeer('r', 'the-peer', 'the text')
    request.end()
  })
  const spans = exporter.getFinishedSpans()
  const request = spans.find(({ name }) => name === 'request')
  const [operation, ...others] = spans.filter(ofSpan(request))
  assert.deepEqual(others, [])
  assert.deepEqual([operation.name, operation.kind, operation.status.code], ['roomcast send_message', SpanKind.INTERNAL, SpanStatusCode.UNSET])
  assert.deepEqual(operation.attributes, { room_id: 'r', recipient: 'peer', attempts: 2 })
  assert.deepEqual(operation.instrumentationScope.name, 'roomcast')
  const [first, second] = spans.filter(ofSpan(operation))
  const { hostname, port } = new URL(baseUrl)
  const { dns, tcp, write, wait, 'http.request.size': size, 'http.response.size': read, ...attributes } = first.attributes
  assert.deepEqual(attributes, {
    'http.request.method': 'POST', 'url.path': '/v2/active-rooms/r/send-message', 'server.address': hostname, 'server.port': Number(port),
    'network.protocol.version': '1.1', 'http.response.status_code': 429, 'error.type': 'rate_limited'
  })
  for (const seconds of [dns, tcp, write, wait]) assert.ok(seconds >= 0 && seconds < 100)
  assert.ok(size > 100 && read > 20)
  assert.deepEqual([first.name, first.kind, first.status], ['POST', SpanKind.CLIENT, { code: SpanStatusCode.ERROR }])
  assert.deepEqual([second.attributes['http.response.status_code'], second.attributes['http.request.resend_count'], second.attributes.tcp], [200, 1, undefined])
  assert.ok(begin(second) >= end(first))
  await assertCounts(spans, requests)
  assertNothingSecret(spans)
})

test('an error, and what does not begin', async (t) => {
  const { requests, createClient } = await serve(t, (response) => response.writeHead(500).end('{"message":"the text of the server, with the-peer"}'))
  const client = createClient()
  await client.sendToPeer('r', 'the-peer', 'the text').catch(() => {})
  await client.broadcast('r', ' ').catch(() => {})
  await client.sendToPeer('the text', 'r', 'the-peer').catch(() => {})
  const spans = exporter.getFinishedSpans()
  const calls = spans.filter((span) => !isAttempt(span))
  assert.deepEqual(calls.map(({ attributes }) => attributes), [
    { room_id: 'r', recipient: 'peer', attempts: 1, 'error.type': 'server', outcome: 'unknown' },
    { room_id: 'r', recipient: 'everyone', 'error.type': 'invalid_request', outcome: 'not_sent' },
    { recipient: 'peer', 'error.type': 'invalid_request', outcome: 'not_sent' }
  ])
  for (const { status } of calls) assert.deepEqual(status, { code: SpanStatusCode.ERROR })
  await assertCounts(spans, requests)
  assertNothingSecret(spans)
})

/** A server with all kinds of faults, each after it has read the request. One room is never answered. */
function faulty(response, n) {
  const { socket } = response
  if (response.req.url.includes('silent')) return
  const respond = [
    () => (response.req.method === 'POST' ? respondSent(response) : response.end(peers)),
    () => response.writeHead(429, { 'retry-after': '0' }).end(),
    () => response.destroy(),
    () => (response.req.method === 'POST' ? respondSent(response) : response.end(peers)),
    () => response.writeHead(500).end(),
    () => socket.end('HTTP/1.1 nonsense\r\n\r\n'),
    () => response.writeHead(401).end(),
    () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"mess'),
    () => response.writeHead(404).end()
  ][n % 9]
  setTimeout(n % 3).then(respond)
}

const peer = (id) => ({ id, name: 'private', user_id: 'the-user', role: 'host', joined_at: '2024-01-01T00:00:00Z', metadata: 'private' })
const peers = JSON.stringify({ count: 2, limit: 100, peers: { 'the-peer': peer('the-peer'), p2: peer('p2') } })
const silent = { timeoutMs: 300 }

const faultyCalls = {
  'send_message': (client) => Promise.allSettled([
    ...Array.from({ length: 4 }, () => client.broadcast('silent', 'the text', silent)),
    ...Array.from({ length: 60 }, (_, n) => client.sendMessage('r', 'the text', { retryUnknown: n % 2 === 0, peerId: 'the-peer' }))
  ]),
  'queries': (client) => Promise.allSettled([
    ...Array.from({ length: 4 }, () => client.listPeers('silent', { userId: 'the-user', ...silent })),
    ...Array.from({ length: 30 }, () => client.listPeers('r', { userId: 'the-user' }))
  ]),
  'several recipients': (client) => Promise.allSettled([
    client.sendToPeers('silent', ['the-peer', 'p2'], 'the text', silent),
    client.sendToUser('silent', 'the-user', 'the text', silent),
    ...Array.from({ length: 8 }, () => [
      client.sendToPeers('r', ['the-peer', 'p2', 'p3', 'p4', 'p5'], 'the text'),
      client.sendToUser('r', 'the-user', 'the text'),
      client.sendToRoles('r', ['host', 'guest'], 'the text')
    ]).flat()
  ]),
  'send_many': async (client) => {
    const items = Array.from({ length: 64 }, (_, n) => (
      n < 4 ? { roomId: 'silent', message: 'the text', ...silent } : { roomId: 'r', message: 'the text', maxAttempts: 1 + (n % 4) }
    ))
    for await (const { item } of client.sendMany(items)) assert.ok(items.includes(item))
  }
}

for (const [name, call] of Object.entries(faultyCalls)) {
  test(`under faults, as many attempts as the server saw requests: ${name}`, async (t) => {
    const { requests, createClient } = await serve(t, faulty)
    const client = createClient()
    let request
    await tracer.startActiveSpan('request', async (span) => {
      request = span
      await call(client)
      span.end()
    })
    assert.equal(await client.drain(), true)
    const spans = exporter.getFinishedSpans()
    await assertCounts(spans, requests)
    assertNothingSecret(spans)
    assert.ok(requests.length >= 30)
    // They belong to the caller's trace.
    assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1)
    const errors = new Set(spans.map(({ attributes }) => attributes['error.type']))
    for (const kind of [undefined, 'rate_limited', 'connection', 'server', 'protocol', 'unauthenticated', 'timeout', 'not_found']) assert.ok(errors.has(kind), `${kind} of ${[...errors]}`)
    assert.equal(spans.filter(ofSpan(request)).every((span) => span.name.startsWith('roomcast ')), true)
    const { retried } = client.stats()
    assert.equal(spans.filter(({ attributes }) => attributes['http.request.resend_count'] > 0).length, retried)
  })
}

test('what is aborted, what a drain cancels, and a loop that is left have their spans, too', async (t) => {
  const arrived = deferred()
  const { requests, createClient } = await serve(t, (_, n) => n === 9 && arrived.resolve())
  const client = createClient()
  const controller = new AbortController()
  const { signal } = controller
  const sends = [
    ...[1, 2].map(() => client.broadcast('r', 'the text', { signal })),
    client.sendToPeers('r', ['the-peer', 'p2'], 'the text', { signal }),
    ...[1, 2].map(() => client.broadcast('r', 'the text')),
    client.sendToPeers('r', ['the-peer'], 'the text')
  ]
  const many = client.sendMany([1, 2].map(() => ({ roomId: 'r', message: 'the text' })))
  const first = many.next()
  const settled = Promise.allSettled(sends)
  await arrived.promise
  controller.abort()
  await many.return()
  assert.equal(await client.drain({ timeoutMs: 0 }), false)
  const results = await settled
  assert.deepEqual(results.map(({ status }) => status), ['rejected', 'rejected', 'rejected', 'rejected', 'rejected', 'fulfilled'])
  await first
  const spans = exporter.getFinishedSpans()
  assert.equal(requests.length, 9)
  await assertCounts(spans, requests)
  for (const { attributes } of spans.filter(isAttempt)) {
    // An abort shuts the socket down.
    assert.ok(['cancelled', 'connection'].includes(attributes['error.type']), attributes['error.type'])
  }
})

test('several recipients: a span for the call, within it one for each operation', async (t) => {
  const { requests, createClient } = await serve(t, (response) => (response.req.method === 'POST' ? respondSent(response) : response.end(peers)))
  await createClient().sendToUser('r', 'the-user', 'the text')
  const spans = exporter.getFinishedSpans()
  const [call] = spans.filter(({ parentSpanContext }) => parentSpanContext === undefined)
  assert.deepEqual([call.name, call.attributes], ['roomcast send_to_user', { room_id: 'r', recipient: 'user' }])
  const operations = spans.filter(ofSpan(call))
  assert.deepEqual(operations.map(({ name, attributes }) => [name, attributes]), [
    ['roomcast list_peers', { room_id: 'r', attempts: 1 }],
    ['roomcast send_message', { room_id: 'r', recipient: 'peer', attempts: 1 }],
    ['roomcast send_message', { room_id: 'r', recipient: 'peer', attempts: 1 }]
  ])
  assert.deepEqual(operations.flatMap((operation) => spans.filter(ofSpan(operation)).map(({ name }) => name)), ['GET', 'POST', 'POST'])
  await assertCounts(spans, requests)
})

test('traceparent and tracestate are sent, and nothing else of the context', async (t) => {
  const { requests, createClient } = await serve(t)
  const remote = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=value', baggage: 'user=ann' }
  await context.with(propagation.extract(context.active(), remote), () => createClient().broadcast('r', 'hi'))
  const [{ headers }] = requests
  const operation = exporter.getFinishedSpans().find((span) => !isAttempt(span))
  assert.equal(headers.traceparent, `00-0af7651916cd43dd8448eb211c80319c-${operation.spanContext().spanId}-01`)
  assert.equal(headers.tracestate, 'vendor=value')
  assert.equal(headers.baggage, undefined)
})

test('a trace that is not sampled is passed on, and has no spans', async (t) => {
  const { requests, createClient } = await serve(t)
  trace.disable()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  await createClient().broadcast('r', 'hi')
  assert.match(requests[0].headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  assert.equal(exporter.getFinishedSpans().length, 0)
})

test('without a context manager and a propagator there are spans, and no headers', async (t) => {
  const { requests, createClient } = await serve(t, retryOnce)
  context.disable()
  propagation.disable()
  await createClient().broadcast('r', 'hi')
  const spans = exporter.getFinishedSpans()
  assert.deepEqual(spans.map(({ name }) => name).sort(), ['POST', 'POST', 'roomcast send_message'])
  assert.equal(spans.filter(ofSpan(spans.find((span) => !isAttempt(span)))).length, 2)
  assert.equal(requests[0].headers.traceparent, undefined)
})

test('metrics: the duration of each attempt', async (t) => {
  const meters = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(meters)
  t.after(() => metrics.disable())
  // Also without spans.
  trace.disable()
  const { createClient, baseUrl } = await serve(t, retryOnce)
  await createClient().broadcast('r', 'the text')
  await reader.forceFlush()
  const [{ scopeMetrics: [{ scope, metrics: [metric] }] }] = metricExporter.getMetrics()
  assert.equal(scope.name, 'roomcast')
  assert.deepEqual([metric.descriptor.name, metric.descriptor.unit, metric.descriptor.type], ['http.client.request.duration', 's', 'HISTOGRAM'])
  const { hostname, port } = new URL(baseUrl)
  const common = { 'http.request.method': 'POST', 'server.address': hostname, 'server.port': Number(port), 'network.protocol.version': '1.1' }
  assert.deepEqual(metric.dataPoints.map(({ attributes, value }) => [attributes, value.count]), [
    [{ ...common, 'http.response.status_code': 429, 'error.type': 'rate_limited' }, 1],
    [{ ...common, 'http.response.status_code': 200 }, 1]
  ])
  const [{ value }] = metric.dataPoints
  assert.ok(value.sum > 0 && value.sum < 100)
  assert.equal(value.buckets.boundaries[0], 0.005)
})

test('a provider that throws changes nothing of the call, and Node warns of it once', async (t) => {
  const { createClient, requests } = await serve(t)
  trace.disable()
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan() { throw new Error('on purpose') } }) })
  const warned = once(process, 'warning')
  const client = createClient()
  for (let n = 0; n < 3; n += 1) assert.equal((await client.broadcast('r', 'hi')).message, 'message sent')
  const [{ name, message }] = await warned
  assert.deepEqual([name, message], ['RoomcastWarning', 'OpenTelemetry failed: on purpose'])
  assert.equal(requests.length, 3)
})

test('a program without OpenTelemetry does not load it', async (t) => {
  const { baseUrl } = await serve(t)
  const program = `client.broadcast('r', 'hi').then(() => {
      console.log(Object.keys(require.cache).some((name) => name.includes('opentelemetry' + require('node:path').sep)), Symbol.for('opentelemetry.js.api.1') in globalThis)
    })`
  assert.equal(await runWithClient(program, baseUrl), 'false false\n')
})

test('examples/opentelemetry/node prints the spans of its sends', async (t) => {
  const { requests, baseUrl } = await serve(t, retryOnce)
  const program = join(packageDirectory, '../examples/opentelemetry/node/main.js')
  assert.ok(existsSync(join(program, '../node_modules')), 'npm ci --prefix examples/opentelemetry/node')
  const env = { HMS_BASE_URL: baseUrl, HMS_MANAGEMENT_TOKEN: 'token' }
  const printed = await node([program, 'one', 'two'], { env })
  const spans = printed.trim().split('\n').map((line) => line.split(' '))
  const named = (wanted) => spans.filter(([, , name]) => name === wanted)
  assert.deepEqual([named('request').length, named('roomcast_send_message').length, named('POST').length], [2, 2, requests.length])
  const parents = new Set(named('roomcast_send_message').map(([id]) => id))
  for (const [, parent] of named('POST')) assert.ok(parents.has(parent))
  assert.deepEqual(requests.map(({ headers }) => headers.traceparent.split('-')[2]), named('POST').map(([, parent]) => parent))
})
