'use strict'

const native = require('./native.js')
const { RoomcastError } = require('./error.js')
const { refuseMore, readOptions, takeSignal } = require('./refuse.js')
const { Sends } = require('./sends.js')
const { Signals } = require('./signals.js')

/** Documented in `index.d.ts`. */
class Client {
  #native
  #sends = new Sends()
  #signals = new Signals((id) => this.#sends.settle(this.#native.abort(id)))

  constructor(options, ...more) {
    refuseMore(more, 1, making)
    const pairs = options === undefined ? [] : readOptions(options, [], making)
    const opened = native.open(pairs, process.env, process.versions.node, this.#sends.settle)
    if (opened.kind !== undefined) throw RoomcastError.from(opened, Client)
    this.#native = opened
  }

  // Each of these makes its error after an `await` of its own. So its stack leads to the caller's `await`, and a send
  // that succeeds pays for no stack trace.

  async sendMessage(roomId, message, options, ...more) {
    return told(await this.#start(sendMessage, roomId, message, undefined, options, more), sendMessage)
  }

  async sendToPeer(roomId, peerId, message, options, ...more) {
    return told(await this.#start(sendToPeer, roomId, message, peerId, options, more), sendToPeer)
  }

  async sendToRole(roomId, role, message, options, ...more) {
    return told(await this.#start(sendToRole, roomId, message, role, options, more), sendToRole)
  }

  async broadcast(roomId, message, options, ...more) {
    return told(await this.#start(broadcast, roomId, message, undefined, options, more), broadcast)
  }

  async listPeers(roomId, options, ...more) {
    return told(await this.#start(listPeers, roomId, undefined, undefined, options, more), listPeers)
  }

  async getRoom(roomId, options, ...more) {
    return told(await this.#start(getRoom, roomId, undefined, undefined, options, more), getRoom)
  }

  close() {
    this.#native.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    this.close()
    await this.#sends.idle()
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return this.#native.describe()
  }

  /** Starts a send or a question, and gives a promise of what it gave or of its failure. What is wrong at once is thrown. */
  #start(method, roomId, message, target, options, more) {
    refuseMore(more, method.arguments, method)
    let pairs
    let signal
    if (options !== undefined) {
      pairs = readOptions(options, method.options, method)
      signal = takeSignal(pairs, method)
      if (signal?.aborted) {
        throw RoomcastError.from(native.abortedBeforeStart(), method.function, signal.reason)
      }
    }
    const [id, done] = this.#track(signal)
    const failure = this.#native.start(id, method.id, roomId, message, target, pairs, signal !== undefined)
    if (failure) {
      this.#sends.release(id)(failure)
      throw RoomcastError.from(failure, method.function)
    }
    return done
  }

  /** A number for a send, and the promise of how it ends; until then a signal may abort it. */
  #track(signal) {
    let id
    const done = new Promise((resolve) => {
      if (signal === undefined) {
        id = this.#sends.add(resolve)
        return
      }
      id = this.#sends.add((result) => {
        this.#signals.delete(signal, id)
        if (result.kind === 'cancelled') result.cause = signal.reason
        resolve(result)
      })
      this.#signals.add(signal, id)
    })
    return [id, done]
  }
}

/** What a call gave, or its failure thrown. */
function told(result, method) {
  if (result.kind === undefined) return result
  throw RoomcastError.from(result, method.function, result.cause)
}

// `id` is the place in METHODS of src/client.rs; `function` is where stack traces begin: the one written here, even if
// a caller has put a spy in its place.
const [sendMessage, sendToPeer, sendToRole, broadcast, listPeers, getRoom] = native.optionNames().map((options, id) => {
  const [name, last] = [
    ['sendMessage', 3],
    ['sendToPeer', 4],
    ['sendToRole', 4],
    ['broadcast', 3],
    ['listPeers', 2],
    ['getRoom', 2]
  ][id]
  return { id, options, arguments: last, function: Client.prototype[name], ofClient: false }
})
const making = { function: Client, ofClient: true }

module.exports = { Client }
