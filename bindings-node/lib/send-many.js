'use strict'

const { AsyncResource } = require('node:async_hooks')
const native = require('./native.js')
const { unusableSignal } = require('./arguments.js')
const { RoomcastError } = require('./error.js')
const { readMessage } = require('./message.js')
const { isObserved, observe, roomOf } = require('./observed-call.js')
const { readPairs } = require('./options.js')
const { reasonOf } = require('./signals.js')
const { Source } = require('./source.js')

const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')

/** The results of many sends. Documented in `types/many.d.ts`. */
class SendMany {
  #batch
  #inFlight
  #signals
  #signal
  #onProgress
  #source
  /** The most results that wait to be taken; with the sends under way, at most twice as many. */
  #limit
  #maxUnderWay
  #total
  /** Calls a function; in the asynchronous context of who called `sendMany`, if somebody listened then. */
  #inContext = (action) => action()
  #hasBegun = false
  #underWay = 0
  /** What has completed and was not taken yet. */
  #ready = new Queue()
  /** The `resolve` functions of calls of `next` that wait for what completes next. If there are some, nothing is ready. */
  #waiting = []
  #isListening = false
  #isAborted = false
  #isClosed = false
  /** Resolves when the source has closed. */
  #closing

  /**
   * @param {object} batch the native addon's batch
   * @param {object} client `inFlight`, and `signals` that call functions
   */
  constructor(batch, { inFlight, signals }, items, { signal, onProgress }) {
    this.#batch = batch
    this.#limit = batch.limit
    this.#maxUnderWay = batch.maxUnderWay
    this.#inFlight = inFlight
    this.#signals = signals
    this.#signal = signal
    this.#onProgress = onProgress
    this.#source = new Source(items, (item) => this.#start(item), () => this.#fill())
    this.#total = this.#source.count
    if (isObserved(observedMethod)) this.#inContext = AsyncResource.bind((action) => action())
  }

  [Symbol.asyncIterator]() {
    return this
  }

  async next() {
    if (!this.#hasBegun) this.#begin()
    this.#fill()
    let completed = this.#ready.take()
    if (completed === undefined && !this.#isOver()) {
      completed = await new Promise((resolve) => this.#waiting.push(resolve))
    }
    if (completed === undefined) {
      await this.#closing
      return this.#end()
    }
    const value = this.#resultOf(completed)
    if (this.#onProgress !== undefined) await this.#report()
    return { value, done: false }
  }

  async return(value) {
    await this.#close()
    return { value: await value, done: true }
  }

  async [asyncDispose]() {
    await this.#close()
  }

  cancel() {
    this.#inFlight.settle(this.#batch.cancel())
  }

  get progress() {
    const progress = this.#batch.progress()
    return this.#total === undefined ? progress : { ...progress, total: this.#total }
  }

  #begin() {
    this.#hasBegun = true
    const signal = this.#signal
    if (signal === undefined || this.#source.isOver) return
    try {
      if (signal.aborted) return this.#abort()
      this.#signals.add(signal, this.#abort)
      this.#isListening = true
    } catch (cause) {
      this.#source.fail(unusableSignal(signal, next, cause))
    }
  }

  /** Starts as many sends as may be under way. */
  #fill() {
    const source = this.#source
    while (!source.isOver && !source.isPulling && !this.#isFull()) source.pull()
    this.#wakeAtEnd()
  }

  #isFull() {
    const [underWay, ready] = [this.#underWay, this.#ready.length]
    return underWay >= this.#maxUnderWay || ready >= this.#limit || underWay + ready >= 2 * this.#limit
  }

  #start(item) {
    const completed = { item, result: undefined, cause: undefined, next: undefined }
    const call = isObserved(observedMethod) ? this.#inContext(() => observe(observedMethod, roomOf(item), item)) : undefined
    const id = this.#inFlight.add((result) => {
      completed.result = result
      if (call !== undefined) this.#inContext(() => this.#endObserved(call, completed))
      this.#complete(completed)
    })
    if (call === undefined) return this.#startItem(id, item, completed, undefined)
    const trace = call.traceWith(this.#inFlight.addObserved(call))
    call.hasBegun = true
    this.#inContext(() => call.run(() => this.#startItem(id, item, completed, trace)))
  }

  // The error that the loop gets later is another one, with its own stack trace.
  #endObserved(call, completed) {
    if (completed.result.kind === undefined) call.succeed(completed.result)
    else call.fail(this.#errorOf(completed))
  }

  #startItem(id, item, completed, trace) {
    this.#underWay += 1
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      return this.#batch.refuse(id, 'item', item, 'an object', trace)
    }
    let roomId
    let message
    // It may be given as undefined, which is not the same as omitted.
    let hasPeerId = false
    let peerId
    let others
    try {
      const pairs = readPairs(item, itemKeys)
      for (let i = 0; i < pairs.length; i += 2) {
        const [name, value] = [pairs[i], pairs[i + 1]]
        if (name === 'roomId') roomId = value
        else if (name === 'message') message = value
        else if (name === 'peerId') [hasPeerId, peerId] = [true, value]
        else if (others === undefined) others = [name, value]
        else others.push(name, value)
      }
    } catch (cause) {
      completed.cause = cause
      return this.#batch.refuse(id, 'item', item, 'an object that can be read', trace)
    }
    let form = 0
    if (typeof message === 'object' && message !== null) {
      try {
        [form, message] = readMessage(message)
      } catch (cause) {
        completed.cause = cause
        return this.#batch.refuse(id, 'message', message, 'what can be read', trace)
      }
    }
    this.#batch.start(id, roomId, message, form, hasPeerId, peerId, others, trace)
  }

  // Must not throw: it is called among those of other operations.
  #complete(completed) {
    this.#underWay -= 1
    if (!this.#isClosed) {
      const resolve = this.#waiting.shift()
      if (resolve === undefined) this.#ready.add(completed)
      else resolve(completed)
    }
    // Somebody waits who was not served; a single loop starts the next sends when it asks for the next result.
    if (this.#waiting.length > 0) this.#fill()
    else this.#wakeAtEnd()
  }

  /** Whether nothing more can complete. */
  #isOver() {
    return this.#source.isOver && this.#underWay === 0
  }

  #wakeAtEnd() {
    if (!this.#isOver()) return
    if (this.#isListening) this.#signals.delete(this.#signal, this.#abort)
    this.#isListening = false
    for (const resolve of this.#waiting.splice(0)) resolve(undefined)
  }

  #resultOf(completed) {
    const { item, result } = completed
    if (result.kind === undefined) return { item, result }
    const error = this.#errorOf(completed)
    return { item, error, outcome: error.outcome }
  }

  #errorOf({ result, cause }) {
    if (result.kind === 'cancelled' && this.#isAborted) cause = reasonOf(this.#signal)
    return RoomcastError.from(result, next.function, cause)
  }

  async #report() {
    try {
      this.#onProgress(this.progress)
    } catch (error) {
      await this.#close().catch(() => {})
      throw error
    }
  }

  /** The end of the iteration; an error is thrown once. */
  #end() {
    if (this.#isClosed) return { value: undefined, done: true }
    this.#isClosed = true
    if (this.#isAborted) throw RoomcastError.from(native.abortedRest(), next.function, reasonOf(this.#signal))
    if (this.#source.failure !== undefined) throw this.#source.failure.error
    return { value: undefined, done: true }
  }

  #abort = () => {
    this.#isAborted = true
    // An error of the source would hide the abort.
    this.#closing = this.#source.close().catch(() => {})
    this.cancel()
    this.#wakeAtEnd()
  }

  /** Ends the iteration before its end. */
  async #close() {
    this.#isClosed = true
    this.#ready = new Queue()
    const closed = this.#source.close()
    this.cancel()
    this.#wakeAtEnd()
    await closed
  }
}

/** A queue of objects with a property `next`, which costs less than an array that becomes empty again and again. */
class Queue {
  length = 0
  #first
  #last

  add(entry) {
    if (this.length === 0) this.#first = entry
    else this.#last.next = entry
    this.#last = entry
    this.length += 1
  }

  take() {
    if (this.length === 0) return undefined
    const entry = this.#first
    this.#first = entry.next
    this.length -= 1
    if (this.length === 0) this.#last = undefined
    return entry
  }
}

/** Names that are looked up even if an item does not list them, as a proxy may not. */
const itemKeys = ['roomId', 'message', ...native.optionNames()[0]]

/** See `observed-call.js`. */
const observedMethod = { name: 'sendMany', operation: 'send_message', isQuery: false, hasParts: false, recipient: undefined }

/** See `arguments.js`. */
const next = { function: SendMany.prototype.next, isConfiguration: false }

module.exports = { SendMany }
