'use strict'

const native = require('./native.js')
const { RoomcastError } = require('./error.js')
const {
  checkItems,
  extractFunction,
  extractSignal,
  readList,
  readOptions,
  refuseExtraArguments,
  unusableSignal,
  wrongArgument
} = require('./arguments.js')
const { passMessage } = require('./message.js')
const { InFlight, sendResult } = require('./in-flight.js')
const { ObservedCall, observe } = require('./observed-call.js')
const { ownRoots } = require('./roots.js')
const { SendMany } = require('./send-many.js')
const { Signals, reasonOf } = require('./signals.js')

const customInspect = Symbol.for('nodejs.util.inspect.custom')
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')

/** A property of every client: a function that returns it. */
const target = Symbol('roomcast.Client')

/** Documented in `types/client.d.ts`. */
class Client {
  #native
  #inFlight = new InFlight()
  #signals = new Signals((id) => this.#inFlight.settle(this.#native.abort(id)))
  #batchSignals = new Signals((abort) => abort())

  constructor(options, ...extra) {
    // Only a FakeClient has one.
    const fake = extra[0] instanceof native.NativeFake ? extra.shift() : undefined
    refuseExtraArguments(extra, 1, constructor)
    const pairs = options === undefined ? [] : readOptions(options, [], constructor)
    const created = native.createClient(pairs, process.env, process.versions.node, ownRoots, this.#inFlight.settle, fake)
    if (created.kind !== undefined) throw RoomcastError.from(created, Client)
    this.#native = created
    // A function, since a proxy may wrap an object in another proxy.
    Object.defineProperty(this, target, { value: () => this, configurable: true, writable: true })
  }

  // Each method awaits by itself and creates its error afterwards. So the stack trace includes the caller's `await`, and
  // an operation that succeeds does not capture one.

  async sendMessage(roomId, message, options, ...extra) {
    return unwrap(await Client.#of(this, sendMessage).#start(sendMessage, roomId, message, undefined, options, extra), sendMessage)
  }

  async sendToPeer(roomId, peerId, message, options, ...extra) {
    return unwrap(await Client.#of(this, sendToPeer).#start(sendToPeer, roomId, message, peerId, options, extra), sendToPeer)
  }

  async sendToRole(roomId, role, message, options, ...extra) {
    return unwrap(await Client.#of(this, sendToRole).#start(sendToRole, roomId, message, role, options, extra), sendToRole)
  }

  async broadcast(roomId, message, options, ...extra) {
    return unwrap(await Client.#of(this, broadcast).#start(broadcast, roomId, message, undefined, options, extra), broadcast)
  }

  async sendToUser(roomId, userId, message, options, ...extra) {
    return unwrapAll(await Client.#of(this, sendToUser).#start(sendToUser, roomId, message, userId, options, extra), sendToUser)
  }

  async sendToUsers(roomId, userIds, message, options, ...extra) {
    return unwrapAll(await Client.#of(this, sendToUsers).#startAll(sendToUsers, roomId, message, userIds, options, extra), sendToUsers)
  }

  async sendToPeers(roomId, peerIds, message, options, ...extra) {
    return unwrapAll(await Client.#of(this, sendToPeers).#startAll(sendToPeers, roomId, message, peerIds, options, extra), sendToPeers)
  }

  async sendToRoles(roomId, roles, message, options, ...extra) {
    return unwrapAll(await Client.#of(this, sendToRoles).#startAll(sendToRoles, roomId, message, roles, options, extra), sendToRoles)
  }

  sendMany(items, options, ...extra) {
    return Client.#of(this, sendMany).#sendMany(items, options, extra)
  }

  async listPeers(roomId, options, ...extra) {
    return unwrap(await Client.#of(this, listPeers).#start(listPeers, roomId, undefined, undefined, options, extra), listPeers)
  }

  async getRoom(roomId, options, ...extra) {
    return unwrap(await Client.#of(this, getRoom).#start(getRoom, roomId, undefined, undefined, options, extra), getRoom)
  }

  stats() {
    return Client.#of(this, stats).#native.stats()
  }

  async drain(options, ...extra) {
    const client = Client.#of(this, drain)
    const haveAllEnded = unwrap(await client.#drain(options, extra), drain)
    // Traces of what was cancelled come after its result.
    await client.#inFlight.idle()
    return haveAllEnded
  }

  close() {
    Client.#of(this, close).#native.close()
  }

  async [asyncDispose]() {
    const client = Client.#of(this, dispose)
    // It is closed nevertheless if the system gives no thread to drain with.
    await client.drain().catch(() => {})
    await client.#inFlight.idle()
  }

  [customInspect]() {
    return Client.#of(this, inspect).#native.describe()
  }

  /** Returns the client itself: `this` may be a proxy, which has no private fields. */
  static #of(client, method) {
    try {
      return #native in client ? client : client[target]()
    } catch {
      throw wrongArgument('this', client, 'the client: call the method on it, or bind it', method)
    }
  }

  /**
   * Starts an operation. Returns a promise of its result, or of its error as the native addon returns it; if somebody listens, of
   * an `ObservedCall` with that. Throws if it cannot be started.
   */
  #start(method, roomId, message, recipient, options, extra) {
    const call = observe(method, roomId, options)
    if (call === undefined) return this.#begin(undefined, method, roomId, message, recipient, options, extra)
    return call.run(() => this.#begin(call, method, roomId, message, recipient, options, extra))
  }

  #begin(call, method, roomId, message, recipient, options, extra) {
    refuseExtraArguments(extra, method.parameterCount, method)
    let pairs
    let signal
    if (options !== undefined) {
      pairs = readOptions(options, method.options, method)
      signal = extractSignal(pairs, method)
    }
    const [form, passed] = typeof message === 'object' && message !== null ? passMessage(message, method) : [0, message]
    const [id, promise] = signal === undefined ? this.#track(call) : this.#trackAbortable(signal, method, call)
    const traceId = call === undefined ? undefined : this.#inFlight.addObserved(call)
    const trace = call?.traceWith(traceId)
    const error = this.#native.start(id, method.id, roomId, passed, form, recipient, pairs, signal !== undefined, trace)
    if (error) {
      if (traceId !== undefined) this.#inFlight.removeObserved(traceId)
      this.#inFlight.remove(id)(error)
      throw RoomcastError.from(error, method.function)
    }
    if (call !== undefined) call.hasBegun = true
    return promise
  }

  #drain(options, extra) {
    refuseExtraArguments(extra, 1, drain)
    const pairs = options === undefined ? [] : readOptions(options, ['timeoutMs'], drain)
    const [id, promise] = this.#track()
    const error = this.#native.drain(id, pairs)
    if (error) {
      this.#inFlight.remove(id)(error)
      throw RoomcastError.from(error, drain.function)
    }
    return promise
  }

  /** As `#start`, for a list of recipients. */
  #startAll(method, roomId, message, recipients, options, extra) {
    return this.#start(method, roomId, message, readList(method.list, recipients, method), options, extra)
  }

  #sendMany(items, options, extra) {
    refuseExtraArguments(extra, 2, sendMany)
    const pairs = options === undefined ? [] : readOptions(options, ['rate', 'maxInFlight', 'onProgress', 'signal'], sendMany)
    const signal = extractSignal(pairs, sendMany)
    const onProgress = extractFunction(pairs, 'onProgress', sendMany)
    checkItems(items, sendMany)
    const batch = native.createBatch(this.#native, pairs)
    if (batch.kind !== undefined) throw RoomcastError.from(batch, sendMany.function)
    return new SendMany(batch, { inFlight: this.#inFlight, signals: this.#batchSignals }, items, { signal, onProgress })
  }

  /** Returns an id for an operation, and a promise of its result. */
  #track(call) {
    let id
    const promise = new Promise((resolve) => (id = this.#inFlight.add(call === undefined ? resolve : resolveWith(call, resolve))))
    return [id, promise]
  }

  /** As `#track`; until the promise settles, the signal can abort the operation. Throws if it has aborted, or is faulty. */
  #trackAbortable(signal, method, call) {
    let hasAborted
    let settle
    const promise = new Promise((resolve) => (settle = call === undefined ? resolve : resolveWith(call, resolve)))
    // Must not throw: it is called among those of other operations.
    const id = this.#inFlight.add((result) => {
      this.#signals.delete(signal, id)
      if (result.kind === 'cancelled') result.cause = reasonOf(signal)
      settle(result)
    })
    try {
      hasAborted = signal.aborted
      if (!hasAborted) this.#signals.add(signal, id)
    } catch (cause) {
      this.#inFlight.remove(id)
      throw unusableSignal(signal, method, cause)
    }
    if (hasAborted) {
      this.#inFlight.remove(id)
      throw RoomcastError.from(native.abortedBeforeStart(), method.function, reasonOf(signal))
    }
    return [id, promise]
  }
}

/** Resolves a promise with an observed call, which then has the result. */
function resolveWith(call, resolve) {
  return (result) => {
    call.result = result
    resolve(call)
  }
}

/** Returns an operation's result, or throws its error. `convert` makes the call's result of the operation's. */
function unwrap(result, method, convert) {
  if (result instanceof ObservedCall) return unwrapObserved(result, method, convert)
  if (result.kind !== undefined) throw RoomcastError.from(result, method.function, result.cause)
  return convert === undefined ? result : convert(result)
}

function unwrapObserved(call, method, convert) {
  let value
  try {
    value = unwrap(call.result, method, convert)
  } catch (error) {
    call.fail(error)
    throw error
  }
  call.succeed(value)
  return value
}

/** Returns what became of a message for each of several recipients, or throws the error of all. */
function unwrapAll(result, method) {
  return unwrap(result, method, (recipients) => readRecipients(recipients, method))
}

function readRecipients(recipients, method) {
  return recipients.map(({ error, attempts, message, requestId, ...recipient }) => {
    if (error === undefined) return { ...recipient, result: sendResult(message, attempts, requestId) }
    return { ...recipient, error: RoomcastError.from(error, method.function), outcome: error.outcome }
  })
}

// `id` is the index in METHODS of src/client.rs; `list` is the parameter that is one; `operation` and what follows is for
// `observed-call.js`. Stack traces begin at the caller of `function`, which is the method defined here even if a program has
// replaced it with a spy.
const [
  sendMessage, sendToPeer, sendToRole, broadcast, sendToUser, sendToUsers, sendToPeers, sendToRoles, listPeers, getRoom
] = native.optionNames().map((options, id) => {
  const [name, parameterCount, operation, recipient, list] = [
    ['sendMessage', 3, 'send_message'],
    ['sendToPeer', 4, 'send_message', 'peer'],
    ['sendToRole', 4, 'send_message', 'role'],
    ['broadcast', 3, 'send_message', 'everyone'],
    ['sendToUser', 4, 'send_to_user', 'user'],
    ['sendToUsers', 4, 'send_to_users', 'user', 'userIds'],
    ['sendToPeers', 4, 'send_to_peers', 'peer', 'peerIds'],
    ['sendToRoles', 4, 'send_to_roles', 'role', 'roles'],
    ['listPeers', 2, 'list_peers'],
    ['getRoom', 2, 'get_room']
  ][id]
  const [isQuery, hasParts] = [id >= 8, operation.startsWith('send_to_')]
  return { id, options, parameterCount, list, name, operation, recipient, isQuery, hasParts, ...callee(name) }
})
const [sendMany, stats, drain, close, dispose, inspect] = ['sendMany', 'stats', 'drain', 'close', asyncDispose, customInspect].map(callee)

/** See `arguments.js`. */
function callee(name) {
  return { function: Client.prototype[name], isConfiguration: false }
}

const constructor = { function: Client, isConfiguration: true }

module.exports = { Client }
