'use strict'

const { addAbortListener } = require('node:events')

/**
 * The signals that may abort a client's sends. Each has one listener, however many sends it may abort: Node warns of
 * more than ten. With its last send a signal is left as it was.
 */
class Signals {
  #watched = new Map()
  #abort

  /** @param {(id: number) => void} abort gives up a send */
  constructor(abort) {
    this.#abort = abort
  }

  add(signal, id) {
    let watch = this.#watched.get(signal)
    if (watch === undefined) {
      const ids = new Set()
      watch = { ids, unlisten: listen(signal, () => [...ids].forEach(this.#abort)) }
      this.#watched.set(signal, watch)
    }
    watch.ids.add(id)
  }

  delete(signal, id) {
    const { ids, unlisten } = this.#watched.get(signal)
    ids.delete(id)
    if (ids.size > 0) return
    this.#watched.delete(signal)
    unlisten()
  }
}

/** Calls `listener` when the signal aborts, even if another listener stops the event. Gives what takes it away again. */
function listen(signal, listener) {
  // Node has had it since 20.5.
  if (addAbortListener !== undefined) {
    const disposable = addAbortListener(signal, listener)
    return () => disposable[Symbol.dispose]()
  }
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

module.exports = { Signals }
