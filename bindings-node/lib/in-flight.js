'use strict'

/**
 * A client's operations in flight. Holds no reference to the client, so that an idle client can be garbage-collected while
 * the native addon keeps `settle`.
 */
class InFlight {
  /** The `resolve` functions of the promises, by the operations' ids. */
  #resolvers = []
  /** Ids to use again. */
  #freeIds = []
  #onIdle = []
  #observedCalls = new Map()
  #nextTraceId = 0
  count = 0

  /**
   * Called by the native addon with results: `[id, attempts, message or error or value, requestId, …]`. If `attempts` is -1, it is
   * the id of an observed call, and its traces.
   */
  settle = (batch) => {
    for (let i = 0; i < batch.length; i += 4) {
      const result = batch[i + 2]
      if (batch[i + 1] === -1) {
        this.removeObserved(batch[i]).trace(result)
        continue
      }
      const resolve = this.remove(batch[i])
      resolve(typeof result === 'string' ? sendResult(result, batch[i + 1], batch[i + 3]) : result)
    }
  }

  /** Adds an operation and returns its id. `resolve` gets its result, or its error as the native addon returns it. */
  add(resolve) {
    const id = this.#freeIds.pop() ?? this.#resolvers.length
    this.#resolvers[id] = resolve
    this.count += 1
    return id
  }

  /** Removes an operation and returns its `resolve`. */
  remove(id) {
    const resolve = this.#resolvers[id]
    this.#resolvers[id] = undefined
    this.#freeIds.push(id)
    this.count -= 1
    this.#checkIdle()
    return resolve
  }

  /** Adds an observed call, which gets its traces. Returns the id of the traces. */
  addObserved(call) {
    // A call may get them after its result, so this is not the operation's id.
    const id = this.#nextTraceId
    this.#nextTraceId = (id + 1) % 2 ** 32
    this.#observedCalls.set(id, call)
    return id
  }

  /** Removes an observed call and returns it. */
  removeObserved(id) {
    const call = this.#observedCalls.get(id)
    this.#observedCalls.delete(id)
    this.#checkIdle()
    return call
  }

  #checkIdle() {
    if (this.#isIdle) this.#onIdle.splice(0).forEach((resolveIdle) => resolveIdle())
  }

  get #isIdle() {
    return this.count === 0 && this.#observedCalls.size === 0
  }

  /** Resolves when no operation is in flight, and every observed call has its traces. */
  idle() {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}

function sendResult(message, attempts, requestId) {
  return requestId === undefined ? { message, attempts } : { message, attempts, requestId }
}

module.exports = { InFlight, sendResult }
