'use strict'

const { constants } = require('node:os')

const noDetails = Object.freeze([])

/** An operation that failed, or a client that could not be created. Documented in `index.d.ts`. */
class RoomcastError extends Error {
  /**
   * @param {string} message
   * @param {object} [fields] the error's properties, and `cause`
   */
  constructor(message, fields = {}) {
    const { cause, ...properties } = fields
    super(message, cause === undefined ? undefined : { cause })
    // A property without a value stays absent, so that `util.inspect` does not show it.
    for (const [name, value] of Object.entries(properties)) {
      if (value !== undefined) this[name] = value
    }
  }

  /** Creates an error from the native addon's error object. Its stack trace begins where `callee` was called. */
  static from({ text, system, ...fields }, callee, cause) {
    if (cause === undefined && system !== undefined) cause = systemError(system, callee)
    const error = new RoomcastError(text, { ...fields, cause })
    Error.captureStackTrace(error, callee)
    return error
  }
}

/** The error of a system call, with `code` and `errno` as in Node's own system errors. */
function systemError({ number, text }, callee) {
  const error = new Error(text)
  Error.captureStackTrace(error, callee)
  const [name] = Object.entries(constants.errno).find(([, value]) => value === number) ?? []
  // Winsock's names have a prefix: WSAECONNREFUSED.
  return Object.assign(error, { errno: -number, code: name?.replace(/^WSA/, '') })
}

Object.defineProperty(RoomcastError.prototype, 'name', { value: 'RoomcastError', configurable: true, writable: true })
Object.defineProperty(RoomcastError.prototype, 'details', { value: noDetails, configurable: true, writable: true })

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
