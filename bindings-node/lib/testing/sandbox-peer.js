'use strict'

const { AssertionError } = require('node:assert')
const { MAX_WAIT_MS } = require('./control.js')

/** How long to wait for messages, in milliseconds. */
const RECEIVED_TIMEOUT_MS = 2000
/** How long nothing must come, in milliseconds. */
const NOTHING_FOR_MS = 100

/** Documented in `types/testing/sandbox.d.ts`. */
class SandboxPeer {
  #control
  #path
  /** The number of the last message that was returned. */
  #last = 0

  constructor(control, joined) {
    this.#control = control
    Object.assign(this, joined)
    this.#path = `/rooms/${encodeURIComponent(this.roomId)}/peers/${encodeURIComponent(this.peerId)}`
  }

  async received({ count = 1, timeoutMs = RECEIVED_TIMEOUT_MS } = {}) {
    const messages = []
    // The sandbox waits, not this process: a test may have replaced the clock.
    for (let more; messages.length < count; messages.push(...more)) {
      more = await this.#next(timeoutMs)
      if (more.length > 0) continue
      const said = `${this.#name} received ${messages.length} of ${count} messages, and for ${timeoutMs} ms no other`
      throw failure(this.received, said, messages)
    }
    return messages
  }

  async expectNothing({ forMs = NOTHING_FOR_MS } = {}) {
    const messages = await this.#next(forMs)
    if (messages.length > 0) throw failure(this.expectNothing, `${this.#name} received a message`, messages)
  }

  async leave() {
    await this.#control.request('DELETE', this.#path)
  }

  /** What came since the last call. If that is nothing, waits for something. */
  async #next(waitMs) {
    const wait = Math.min(Math.ceil(waitMs), MAX_WAIT_MS)
    const { messages, next } = await this.#control.request('GET', `${this.#path}/messages?after=${this.#last}&wait_ms=${wait}`)
    this.#last = next
    return messages.map((message) => ({ ...message, time: new Date(message.time) }))
  }

  get #name() {
    return `the peer ${this.peerId}${this.userId === '' ? '' : ` of ${this.userId}`} (${this.role})`
  }
}

function failure(stackStartFn, said, messages) {
  const actual = messages.map(({ message }) => message)
  const message = actual.length === 0 ? said : `${said}: ${JSON.stringify(actual)}`
  return new AssertionError({ message, actual, operator: stackStartFn.name, stackStartFn })
}

module.exports = { SandboxPeer }
