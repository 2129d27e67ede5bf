'use strict'

/** The sends of one client that are in flight. It knows nothing of the client, so that an idle one can be collected. */
class Sends {
  #waiting = []
  #free = []
  #onIdle = []
  count = 0

  /** Where the native half brings results: `[id, attempts, message or failure, …]`. */
  settle = (batch) => {
    for (let i = 0; i < batch.length; i += 3) {
      const resolve = this.release(batch[i])
      const result = batch[i + 2]
      resolve(typeof result === 'string' ? { message: result, attempts: batch[i + 1] } : result)
    }
  }

  /** Takes a number for a send. `resolve` gets its result or failure. */
  add(resolve) {
    const id = this.#free.pop() ?? this.#waiting.length
    this.#waiting[id] = resolve
    this.count += 1
    return id
  }

  release(id) {
    const resolve = this.#waiting[id]
    this.#waiting[id] = undefined
    this.#free.push(id)
    this.count -= 1
    if (this.count === 0) this.#onIdle.splice(0).forEach((idle) => idle())
    return resolve
  }

  /** Resolves when no send is in flight. */
  idle() {
    if (this.count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}

module.exports = { Sends }
