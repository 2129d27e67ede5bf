'use strict'

const { constants } = require('node:os')

const none = Object.freeze([])

/** A send that did not succeed, or a client that could not be made. Documented in `index.d.ts`. */
class RoomcastError extends Error {
  /**
   * @param {string} message
   * @param {object} [fields] those of the error, and `cause`
   */
  constructor(message, fields = {}) {
    const { cause, ...own } = fields
    super(message, cause === undefined ? undefined : { cause })
    // What is absent stays absent, so that `util.inspect` shows what is known and nothing else.
    for (const [name, value] of Object.entries(own)) {
      if (value !== undefined) this[name] = value
    }
  }

  /** The native half's failure as an error, whose stack begins where `caller` was called. */
  static from({ text, system, ...fields }, caller, cause) {
    if (cause === undefined && system !== undefined) cause = systemError(system, caller)
    const error = new RoomcastError(text, { ...fields, cause })
    Error.captureStackTrace(error, caller)
    return error
  }
}

/** The system's own error, with `code` and `errno` as Node's have them. */
function systemError({ number, text }, caller) {
  const error = new Error(text)
  Error.captureStackTrace(error, caller)
  const [name] = Object.entries(constants.errno).find(([, value]) => value === number) ?? []
  // Windows' sockets have names of their own for the same.
  return Object.assign(error, { errno: -number, code: name?.replace(/^WSA/, '') })
}

Object.defineProperty(RoomcastError.prototype, 'name', { value: 'RoomcastError', configurable: true, writable: true })
Object.defineProperty(RoomcastError.prototype, 'details', { value: none, configurable: true, writable: true })

/** A webhook that was refused. Documented in `index.d.ts`. */
class WebhookError extends Error {
  constructor(message, { kind, status }) {
    super(message)
    this.kind = kind
    this.status = status
  }
}

Object.defineProperty(WebhookError.prototype, 'name', { value: 'WebhookError', configurable: true, writable: true })

module.exports = { RoomcastError, WebhookError }
