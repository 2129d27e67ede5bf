'use strict'
// What those who listen are told of calls: subscribers of the tracing channels, OpenTelemetry, NODE_DEBUG=roomcast. Documented in
// `types/observing.d.ts`. Nothing of it holds a message's text, a secret, or a name of a recipient.

const { AsyncResource } = require('node:async_hooks')
const diagnostics = require('node:diagnostics_channel')
const { debuglog } = require('node:util')
const { CallSpan, openTelemetry } = require('./open-telemetry.js')
const { readTraces } = require('./trace.js')

const customInspect = Symbol.for('nodejs.util.inspect.custom')
const log = debuglog('roomcast')
// It cannot change: Node reads NODE_DEBUG when it starts.
const isLogging = log.enabled === true

// Other runtimes may have no tracing channels.
const none = { start: { runStores: (context, begin) => begin() } }
const [sendChannel, queryChannel] = ['roomcast:send', 'roomcast:query'].map((name) => diagnostics.tracingChannel?.(name) ?? none)

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']

/** Whether a channel has subscribers. TracingChannel has no such property before Node 20.13. */
function isSubscribed(channel) {
  for (const event of EVENTS) if (channel[event]?.hasSubscribers) return true
  return false
}

/** Whether somebody listens to calls of this method. */
function isObserved(method) {
  return isLogging || openTelemetry() !== undefined || isSubscribed(method.isQuery ? queryChannel : sendChannel)
}

/**
 * Returns an `ObservedCall` if somebody listens; nothing is made otherwise.
 * @param {object} method `name`, `operation` (the core's name), `isQuery`, `hasParts` (made of several operations), `recipient`
 * @param {unknown} roomId as the caller gave it
 * @param {unknown} options which name the recipient, if `method.recipient` does not
 */
function observe(method, roomId, options) {
  return isObserved(method) ? new ObservedCall(method, roomId, method.recipient ?? recipientOf(method, options)) : undefined
}

/** Who receives a message, to show it. Calls no getter. */
function recipientOf({ isQuery }, options) {
  if (isQuery) return undefined
  if (typeof options !== 'object' || options === null) return 'everyone'
  try {
    return 'peerId' in options ? 'peer' : 'role' in options ? 'role' : 'everyone'
  } catch {
    // A faulty proxy, which the send refuses.
    return undefined
  }
}

/** The room of an item of many, without calling a getter. */
function roomOf(item) {
  try {
    return Object.getOwnPropertyDescriptor(item, 'roomId')?.value
  } catch {
    // No object, or a faulty proxy, which the send refuses.
    return undefined
  }
}

/** What a room's id looks like. Anything else may be the message, in the wrong place. */
const ROOM_ID = /^[A-Za-z0-9_-]{1,64}$/

/** What subscribers get. Its traces are read from their JSON when somebody wants them. */
class TracingContext {
  #json
  #traces

  constructor(method, roomId, recipient) {
    this.method = method
    if (typeof roomId === 'string' && ROOM_ID.test(roomId)) this.roomId = roomId
    if (recipient !== undefined) this.recipient = recipient
  }

  /** The call has ended. Without JSON it did not begin. */
  static end(context, json, hasParts) {
    context.#json = json ?? '[]'
    if (hasParts) Object.defineProperty(context, 'traces', TRACES)
    else if (json !== undefined) Object.defineProperty(context, 'trace', TRACE)
  }

  /** The traces of a context, or of the one that it was made from. */
  static traces(context) {
    while (!(#json in context)) context = Object.getPrototypeOf(context)
    return (context.#traces ??= readTraces(context.#json))
  }

  /** Shows the values, not that they are read later. */
  [customInspect]() {
    return { ...this }
  }
}

// Shared by all contexts, so that these have the same shape.
const TRACES = {
  get() {
    return TracingContext.traces(this)
  },
  enumerable: true
}
const TRACE = {
  get() {
    return TracingContext.traces(this)[0]
  },
  enumerable: true
}

/** One call. The promise of its result resolves with this object, which then has `result`. */
class ObservedCall {
  /** The call's result, or its error as the native addon returns it. */
  result
  /** The native addon performs the call, and returns its traces. */
  hasBegun = false
  #method
  #channel
  #context
  #span
  /** As the native addon writes them: JSON. */
  #traces
  #hasEnded = false
  /** Ends the call in its caller's asynchronous context. */
  #endLater

  constructor(method, roomId, recipient) {
    this.#method = method
    this.#channel = method.isQuery ? queryChannel : sendChannel
    this.#context = new TracingContext(method.name, roomId, recipient)
    const api = openTelemetry()
    if (api !== undefined) this.#span = new CallSpan(api, method.operation, this.#context)
  }

  /** The id of the traces, or `[id, traceparent, tracestate]`, for the native addon. */
  traceWith(id) {
    return this.#span === undefined ? id : [id, this.#span.traceparent, this.#span.tracestate]
  }

  /** Calls `begin`, which begins the call and may throw. */
  run(begin) {
    return this.#channel.start.runStores(this.#context, () => {
      try {
        return begin()
      } catch (error) {
        this.#publish('end')
        this.fail(error)
        throw error
      } finally {
        if (!this.#hasEnded) this.#publish('end')
      }
    })
  }

  /** The call returns this. */
  succeed(result) {
    this.#context.result = result
    this.#settle()
  }

  /** The call throws this. */
  fail(error) {
    this.#context.error = error
    this.#settle()
  }

  /** The native addon's traces. They come before the result; or after that, if the call was cancelled. */
  trace(json) {
    this.#traces = json
    this.#endLater?.()
  }

  #settle() {
    if (this.#traces !== undefined || !this.hasBegun) this.#end()
    else this.#endLater = AsyncResource.bind(() => this.#end())
  }

  #end() {
    this.#hasEnded = true
    const context = this.#context
    const { hasParts } = this.#method
    TracingContext.end(context, this.#traces, hasParts)
    if (this.#span !== undefined || isLogging) {
      const traces = context.traces ?? (context.trace === undefined ? [] : [context.trace])
      this.#span?.end(traces, hasParts, context.error)
      if (isLogging) writeLines(context, traces)
    }
    if ('error' in context) this.#publish('error')
    this.#publish('asyncStart')
    this.#publish('asyncEnd')
  }

  #publish(event) {
    this.#channel[event]?.publish(this.#context)
  }
}

/** Lines for NODE_DEBUG=roomcast, as those of the core's log, without the errors' texts. */
function writeLines({ method, error }, traces) {
  const shown = ({ kind, outcome }) => `${kind}, ${outcome}`
  for (const trace of traces) {
    trace.attempts.forEach(({ status, error: failure, retryWaitMs }, index) => {
      if (retryWaitMs === undefined || failure === undefined) return
      const what = status === undefined ? shown(failure) : `${shown(failure)}, status ${status}`
      log('%s: attempt %d failed, retrying in %d ms: %s', trace.path, index + 1, Math.round(retryWaitMs), what)
    })
    const ended = trace.error === undefined ? (trace.httpMethod === 'POST' ? 'accepted' : 'answered') : shown(trace.error)
    log('%s: %s, attempts: %d, %d ms', trace.path, ended, trace.attempts.length, Math.round(trace.elapsedMs))
  }
  if (traces.length === 0 && error !== undefined) log('%s: %s, attempts: 0', method, shown(error))
}

module.exports = { ObservedCall, isObserved, observe, roomOf }
