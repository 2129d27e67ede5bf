'use strict'

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
      watch = { ids, listener: () => [...ids].forEach(this.#abort) }
      this.#watched.set(signal, watch)
      signal.addEventListener('abort', watch.listener, { once: true })
    }
    watch.ids.add(id)
  }

  delete(signal, id) {
    const { ids, listener } = this.#watched.get(signal)
    ids.delete(id)
    if (ids.size > 0) return
    this.#watched.delete(signal)
    signal.removeEventListener('abort', listener)
  }
}

module.exports = { Signals }
