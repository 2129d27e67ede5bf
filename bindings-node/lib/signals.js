'use strict'

const { addAbortListener } = require('node:events')

/**
 * The signals that can abort a client's operations. Each has one listener, however many operations it can abort: Node warns
 * if there are more than ten. The listener is removed with the last operation.
 */
class Signals {
  #subscriptions = new Map()
  #abort

  /** @param {(id: number) => void} abort cancels an operation */
  constructor(abort) {
    this.#abort = abort
  }

  /** Throws if the signal cannot be listened to. */
  add(signal, id) {
    let subscription = this.#subscriptions.get(signal)
    if (subscription === undefined) {
      const ids = new Set()
      subscription = { ids, removeListener: onAbort(signal, () => [...ids].forEach(this.#abort)) }
      this.#subscriptions.set(signal, subscription)
    }
    subscription.ids.add(id)
  }

  delete(signal, id) {
    const { ids, removeListener } = this.#subscriptions.get(signal)
    ids.delete(id)
    if (ids.size > 0) return
    this.#subscriptions.delete(signal)
    try {
      removeListener()
    } catch {
      // A fault of a polyfill. The listener stays, and has nothing to abort; other operations must get their results.
    }
  }
}

/**
 * Calls `listener` when the signal aborts, even if another listener stops the event's propagation. Returns a function that
 * removes the listener.
 */
function onAbort(signal, listener) {
  // Since Node 20.5.
  if (addAbortListener !== undefined) {
    const disposable = addAbortListener(signal, listener)
    return () => disposable[Symbol.dispose]()
  }
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/** The reason of a signal that aborted. Undefined if it cannot be read, as a fault of a polyfill. */
function reasonOf(signal) {
  try {
    return signal.reason
  } catch {
    return undefined
  }
}

module.exports = { Signals, reasonOf }
