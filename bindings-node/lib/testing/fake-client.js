'use strict'

const native = require('../native.js')
const { readOptions, refuseExtraArguments } = require('../arguments.js')
const { Client } = require('../client.js')
const { RoomcastError } = require('../error.js')

/** Documented in `types/testing/fake-client.d.ts`. */
class FakeClient extends Client {
  #fake
  #calls = Object.freeze([])
  #sent = Object.freeze([])

  constructor(options, ...extra) {
    const fake = new native.NativeFake()
    super(options, fake, ...extra)
    this.#fake = fake
  }

  get calls() {
    const more = this.#fake.callsAfter(this.#calls.length).map(freeze)
    if (more.length > 0) this.#calls = Object.freeze([...this.#calls, ...more])
    return this.#calls
  }

  get sent() {
    const more = this.#fake.sentAfter(this.#sent.length).map(Object.freeze)
    if (more.length > 0) this.#sent = Object.freeze([...this.#sent, ...more])
    return this.#sent
  }

  failNext(failure, options, ...extra) {
    refuseExtraArguments(extra, 2, failNext)
    const pairs = options === undefined ? [] : readOptions(options, ['count', 'attempts', 'retryAfterMs'], failNext)
    check(this.#fake.failNext(failure, pairs), failNext)
  }

  join(roomId, peer, ...extra) {
    refuseExtraArguments(extra, 2, join)
    const pairs = peer === undefined ? [] : readOptions(peer, ['peerId', 'role', 'userId', 'name', 'metadata'], join)
    return check(this.#fake.join(roomId, pairs), join)
  }

  leave(roomId, peerId, ...extra) {
    refuseExtraArguments(extra, 2, leave)
    check(this.#fake.leave(roomId, peerId), leave)
  }

  reset() {
    this.#fake.reset()
    this.#calls = this.#sent = Object.freeze([])
  }
}

/** See `arguments.js`. */
const [failNext, join, leave] = ['failNext', 'join', 'leave'].map((name) => ({ function: FakeClient.prototype[name], isConfiguration: false }))

function check(result, callee) {
  if (result?.kind !== undefined) throw RoomcastError.from(result, callee.function)
  return result
}

function freeze({ error, ...call }) {
  // It has no stack trace of its own: that is the one with which the call rejected.
  return Object.freeze(error === undefined ? call : { ...call, error: RoomcastError.from(error, freeze) })
}

module.exports = { FakeClient }
