'use strict'

const native = require('./native.js')
const { RoomcastError } = require('./error.js')
const { refuseExtraArguments, readOptions, extractSignal, unusableSignal } = require('./arguments.js')
const { InFlight } = require('./in-flight.js')
const { ownRoots } = require('./roots.js')
const { Signals, reasonOf } = require('./signals.js')

/** Documented in `types/client.d.ts`. */
class Client {
  #native
  #inFlight = new InFlight()
  #signals = new Signals((id) => this.#inFlight.settle(this.#native.abort(id)))

  constructor(options, ...extra) {
    refuseExtraArguments(extra, 1, constructor)
    const pairs = options === undefined ? [] : readOptions(options, [], constructor)
    const created = native.createClient(pairs, process.env, process.versions.node, ownRoots, this.#inFlight.settle)
    if (created.kind !== undefined) throw RoomcastError.from(created, Client)
    this.#native = created
  }

  // Each method awaits by itself and creates its error afterwards. So the stack trace includes the caller's `await`, and
  // an operation that succeeds does not capture one.

  async sendMessage(roomId, message, options, ...extra) {
    return unwrap(await this.#start(sendMessage, roomId, message, undefined, options, extra), sendMessage)
  }

  async sendToPeer(roomId, peerId, message, options, ...extra) {
    return unwrap(await this.#start(sendToPeer, roomId, message, peerId, options, extra), sendToPeer)
  }

  async sendToRole(roomId, role, message, options, ...extra) {
    return unwrap(await this.#start(sendToRole, roomId, message, role, options, extra), sendToRole)
  }

  async broadcast(roomId, message, options, ...extra) {
    return unwrap(await this.#start(broadcast, roomId, message, undefined, options, extra), broadcast)
  }

  async listPeers(roomId, options, ...extra) {
    return unwrap(await this.#start(listPeers, roomId, undefined, undefined, options, extra), listPeers)
  }

  async getRoom(roomId, options, ...extra) {
    return unwrap(await this.#start(getRoom, roomId, undefined, undefined, options, extra), getRoom)
  }

  close() {
    this.#native.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    this.close()
    await this.#inFlight.idle()
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return this.#native.describe()
  }

  /**
   * Starts an operation. Returns a promise of its result, or of its error as the native addon returns it. Throws if it cannot
   * be started.
   */
  #start(method, roomId, message, target, options, extra) {
    refuseExtraArguments(extra, method.parameterCount, method)
    let pairs
    let signal
    if (options !== undefined) {
      pairs = readOptions(options, method.options, method)
      signal = extractSignal(pairs, method)
    }
    const [id, promise] = signal === undefined ? this.#track() : this.#trackAbortable(signal, method)
    const error = this.#native.start(id, method.id, roomId, message, target, pairs, signal !== undefined)
    if (error) {
      this.#inFlight.remove(id)(error)
      throw RoomcastError.from(error, method.function)
    }
    return promise
  }

  /** Returns an id for an operation, and a promise of its result. */
  #track() {
    let id
    const promise = new Promise((resolve) => (id = this.#inFlight.add(resolve)))
    return [id, promise]
  }

  /** As `#track`; until the promise settles, the signal can abort the operation. Throws if it has aborted, or is faulty. */
  #trackAbortable(signal, method) {
    let hasAborted
    let settle
    const promise = new Promise((resolve) => (settle = resolve))
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

/** Returns an operation's result, or throws its error. */
function unwrap(result, method) {
  if (result.kind === undefined) return result
  throw RoomcastError.from(result, method.function, result.cause)
}

// `id` is the index in METHODS of src/client.rs. Stack traces begin at the caller of `function`, which is the method defined
// here even if a program has replaced it with a spy.
const [sendMessage, sendToPeer, sendToRole, broadcast, listPeers, getRoom] = native.optionNames().map((options, id) => {
  const [name, parameterCount] = [
    ['sendMessage', 3],
    ['sendToPeer', 4],
    ['sendToRole', 4],
    ['broadcast', 3],
    ['listPeers', 2],
    ['getRoom', 2]
  ][id]
  return { id, options, parameterCount, function: Client.prototype[name], isConfiguration: false }
})
const constructor = { function: Client, isConfiguration: true }

module.exports = { Client }
