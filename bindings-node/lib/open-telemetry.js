'use strict'
// Spans and metrics, if the program has set up OpenTelemetry.
//
// `@opentelemetry/api` is not required from here, but used through the global object that all its copies and versions 1.x share: it
// is the program's own, wherever that is installed or bundled. Before the program has registered a provider there is none.

const { version } = require('../package.json')

const GLOBAL = Symbol.for('opentelemetry.js.api.1')
/** By this key a context holds its span, in every copy of the API. */
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN')
const [INTERNAL, CLIENT] = [0, 2]
const ERROR = { code: 2 }
const TRACE_HEADERS = ['traceparent', 'tracestate']

/** The API, if the program has registered a provider of spans or metrics. */
function openTelemetry() {
  const api = globalThis[GLOBAL]
  return api?.trace === undefined && api?.metrics === undefined ? undefined : api
}

/** A context, as the API's own, for a program without a context manager. */
class Context {
  #values

  constructor(values = new Map()) {
    this.#values = values
  }

  getValue(key) {
    return this.#values.get(key)
  }

  setValue(key, value) {
    return new Context(new Map(this.#values).set(key, value))
  }

  deleteValue(key) {
    const values = new Map(this.#values)
    values.delete(key)
    return new Context(values)
  }
}

/** The span of a call, with a child for each attempt, and the metrics of the attempts. */
class CallSpan {
  /** What is sent along with the requests. Empty if there is nothing. */
  traceparent = ''
  tracestate = ''
  #api
  #span
  #context

  /** Starts the span, in the caller's context. `operation` is the core's name of the call. */
  constructor(api, operation, { roomId, recipient }) {
    this.#api = api
    attempt(() => {
      const parent = api.context?.active() ?? new Context()
      this.#context = parent
      if (api.trace === undefined) return
      this.#span = this.#start(`roomcast ${operation}`, INTERNAL, Date.now(), { room_id: roomId, recipient }, parent)
      this.#context = parent.setValue(SPAN_KEY, this.#span)
      const headers = {}
      api.propagation?.inject(this.#context, headers, { set: (carrier, name, value) => (carrier[name.toLowerCase()] = value) })
      for (const name of TRACE_HEADERS) if (typeof headers[name] === 'string') this[name] = headers[name]
    })
  }

  /** Ends it. `hasParts` says that the call is made of several operations. */
  end(traces, hasParts, error) {
    attempt(() => {
      const isRecording = this.#span?.isRecording() === true
      for (const trace of traces) {
        let context = this.#context
        let span
        if (hasParts && isRecording) {
          span = this.#start(`roomcast ${operations[trace.method]}`, INTERNAL, trace.startedAtMs, { room_id: trace.roomId, recipient: trace.recipient }, context)
          context = context.setValue(SPAN_KEY, span)
        }
        trace.attempts.forEach((ended, index) => this.#addAttempt(trace, ended, index, context, isRecording))
        if (span !== undefined) this.#end(span, trace, trace.error, endOf(trace))
      }
      if (this.#span === undefined) return
      // Not before what it contains, whatever the clock does.
      const end = Math.max(Date.now(), ...traces.map(endOf))
      this.#end(this.#span, hasParts ? undefined : traces[0], error, end)
    })
  }

  #addAttempt(trace, ended, index, context, isRecording) {
    const attributes = {
      'http.request.method': trace.httpMethod,
      'server.address': trace.serverAddress,
      'server.port': trace.serverPort,
      'network.protocol.version': '1.1'
    }
    if (ended.status !== undefined) attributes['http.response.status_code'] = ended.status
    if (ended.error !== undefined) attributes['error.type'] = ended.error.kind
    if (isRecording) {
      const began = trace.startedAtMs + ended.startedMs
      const { dnsMs, tcpMs, proxyMs, tlsMs } = ended.connection ?? {}
      const times = { dns: dnsMs, tcp: tcpMs, proxy: proxyMs, tls: tlsMs, write: ended.writeMs, wait: ended.waitMs }
      const span = this.#start(trace.httpMethod, CLIENT, began, attributes, context)
      // A query's parameters name people, so there is no url.full.
      span.setAttribute('url.path', trace.path)
      span.setAttribute('http.request.size', ended.requestBytes)
      span.setAttribute('http.response.size', ended.responseBytes)
      for (const name in times) if (times[name] !== undefined) span.setAttribute(name, times[name] / 1000)
      if (index > 0) span.setAttribute('http.request.resend_count', index)
      if (ended.error !== undefined) span.setStatus(ERROR)
      span.end(began + ended.elapsedMs)
    }
    durations(this.#api)?.record(ended.elapsedMs / 1000, attributes, context)
  }

  #start(name, kind, startTime, attributes, context) {
    return tracer(this.#api).startSpan(name, { kind, startTime, attributes: defined(attributes) }, context)
  }

  /** Ends the span of an operation. */
  #end(span, trace, error, end) {
    if (trace !== undefined) span.setAttribute('attempts', trace.attempts.length)
    if (error !== undefined) {
      span.setAttributes(defined({ 'error.type': error.kind, outcome: error.outcome }))
      span.setStatus(ERROR)
    }
    span.end(end)
  }
}

/** The core's names of a trace's operations. */
const operations = { sendMessage: 'send_message', listPeers: 'list_peers', getRoom: 'get_room' }

const endOf = ({ startedAtMs, elapsedMs = 0 }) => startedAtMs + elapsedMs

function defined(attributes) {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

/** Makes something of a provider once, and again if the program registers another one. */
function ofProvider(signal, make) {
  let provider
  let made
  return (api) => {
    if (api[signal] !== provider) {
      provider = api[signal]
      made = provider === undefined ? undefined : make(provider)
    }
    return made
  }
}

const tracer = ofProvider('trace', (provider) => provider.getTracer('roomcast', version))
const durations = ofProvider('metrics', (provider) =>
  provider.getMeter('roomcast', version).createHistogram('http.client.request.duration', {
    unit: 's',
    description: 'Duration of HTTP client requests.',
    // Those of the conventions for HTTP.
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] }
  })
)

let hasWarned = false

/** Calls a function that calls OpenTelemetry. What that throws changes nothing of the call; the first time, Node warns of it. */
function attempt(action) {
  try {
    action()
  } catch (error) {
    if (!hasWarned) process.emitWarning(`OpenTelemetry failed: ${error?.message}`, 'RoomcastWarning')
    hasWarned = true
  }
}

module.exports = { CallSpan, openTelemetry }
