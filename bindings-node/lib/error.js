'use strict'

const { constants } = require('node:os')

const noDetails = Object.freeze([])

/** An operation that failed, or a client that could not be created. Documented in `types/errors.d.ts`. */
class RoomcastError extends Error {
  /**
   * @param {string} message
   * @param {object} [fields] the error's properties, and `cause`
   */
  constructor(message, fields = {}) {
    const { cause, ...properties } = fields
    super(message, cause === undefined ? undefined : { cause })
    // As Node's own functions call it, so that it is recognised as an abort.
    if (properties.kind === 'cancelled') define(this, 'name', 'AbortError')
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

define(RoomcastError.prototype, 'name', 'RoomcastError')
define(RoomcastError.prototype, 'details', noDetails)
finish(RoomcastError, Symbol.for('roomcast.RoomcastError'))

/** A webhook that was refused. Documented in `types/webhooks.d.ts`. */
class WebhookError extends Error {
  constructor(message, { kind, status }) {
    super(message)
    this.kind = kind
    this.status = status
  }
}

define(WebhookError.prototype, 'name', 'WebhookError')
finish(WebhookError, Symbol.for('roomcast.WebhookError'))

/** Defines a property that is not enumerable, as those of `Error` are. */
function define(object, name, value) {
  Object.defineProperty(object, name, { value, configurable: true, writable: true })
}

/** Gives an error class its JSON, and makes its errors instances of the same class of another copy of this package. */
function finish(errorClass, brand) {
  // Without it, JSON lacks the message. The cause stays out, as in any error's JSON: it may be anything.
  define(errorClass.prototype, 'toJSON', function toJSON() {
    return { name: this.name, message: this.message, ...this }
  })
  define(errorClass.prototype, brand, true)
  const isInstance = Function.prototype[Symbol.hasInstance]
  define(errorClass, Symbol.hasInstance, function hasInstance(value) {
    // Subclasses inherit this function.
    if (this !== errorClass) return isInstance.call(this, value)
    return typeof value === 'object' && value !== null && value[brand] === true
  })
}

module.exports = { RoomcastError, WebhookError }
