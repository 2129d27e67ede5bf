'use strict'

/**
 * Items of a caller's iterable or async iterable, taken one by one. As in `for await`, an item of a plain iterable may be a
 * promise.
 */
class Source {
  /** Whether an item was asked for, and is not there yet. */
  isPulling = false
  /** Whether no more items come: all were taken, or the iterator failed, or it was closed. */
  isOver = false
  /** `{ error }`, if the iterator failed. */
  failure
  #items
  #iterator
  #isAsync
  #onItem
  #onLater

  /**
   * @param {Iterable | AsyncIterable} items not touched before the first item is asked for
   * @param {(item: unknown) => void} onItem called with each item
   * @param {() => void} onLater called after an item, the end or a failure that did not come while it was asked for
   */
  constructor(items, onItem, onLater) {
    this.#items = items
    this.#onItem = onItem
    this.#onLater = onLater
  }

  /** The number of all items; undefined if the iterable does not say it. */
  get count() {
    const count = this.#items?.length ?? this.#items?.size
    return Number.isSafeInteger(count) && count >= 0 ? count : undefined
  }

  /** Asks for the next item. */
  pull() {
    // Also while the iterator runs, which may call back.
    this.isPulling = true
    try {
      this.#iterator ??= this.#iterate()
      const step = this.#iterator.next()
      if (this.#isAsync) Promise.resolve(step).then(this.#receiveLater, this.#failLater)
      else if (!step.done && typeof step.value?.then === 'function') Promise.resolve(step.value).then(this.#receiveValue, this.#failValue)
      else this.#receive(step)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Takes no more items. Resolves when the iterator has closed; immediately if an item was asked for and is not there yet. */
  async close() {
    if (this.isOver) return
    this.isOver = true
    const isPulling = this.isPulling
    this.isPulling = false
    if (this.#iterator === undefined) return
    const closed = this.#return()
    // An async generator closes after it has made the item.
    if (isPulling) closed.catch(() => {})
    else await closed
  }

  async #return() {
    await this.#iterator.return?.()
  }

  #iterate() {
    const items = this.#items
    this.#items = undefined
    const begin = items[Symbol.asyncIterator]
    this.#isAsync = begin !== undefined && begin !== null
    return this.#isAsync ? begin.call(items) : items[Symbol.iterator]()
  }

  #receive(step) {
    this.isPulling = false
    if (this.isOver) return
    if (Object(step) !== step) throw new TypeError(`Iterator result ${String(step)} is not an object`)
    if (step.done) this.isOver = true
    else this.#onItem(step.value)
  }

  /** Takes no more items, because of an error. */
  fail(error) {
    this.isPulling = false
    if (this.isOver) return
    this.isOver = true
    this.failure = { error }
  }

  #receiveLater = (step) => {
    try {
      this.#receive(step)
    } catch (error) {
      this.fail(error)
    }
    this.#onLater()
  }

  #failLater = (error) => {
    this.fail(error)
    this.#onLater()
  }

  #receiveValue = (value) => this.#receiveLater({ value, done: false })

  #failValue = (error) => {
    this.#return().catch(() => {})
    this.#failLater(error)
  }
}

module.exports = { Source }
