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
  count = 0

  /** Called by the native addon with results: `[id, attempts, message or error or value, requestId, …]`. */
  settle = (batch) => {
    for (let i = 0; i < batch.length; i += 4) {
      const resolve = this.remove(batch[i])
      const result = batch[i + 2]
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
    if (this.count === 0) this.#onIdle.splice(0).forEach((resolveIdle) => resolveIdle())
    return resolve
  }

  /** Resolves when no operation is in flight. */
  idle() {
    if (this.count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}

function sendResult(message, attempts, requestId) {
  return requestId === undefined ? { message, attempts } : { message, attempts, requestId }
}

module.exports = { InFlight, sendResult }
