'use strict'

const native = require('./native.js')
const { RoomcastError, WebhookError } = require('./error.js')
const { refuseMore, readOptions } = require('./refuse.js')

/** Documented in `index.d.ts`. */
class Webhooks {
  #native

  constructor(options, ...more) {
    refuseMore(more, 1, making)
    const opened = native.openWebhooks(options === undefined ? [] : readOptions(options, ['secret'], making))
    if (opened.kind !== undefined) throw RoomcastError.from(opened, Webhooks)
    this.#native = opened
  }

  read(given, body) {
    const told = this.#native.read(header(given), bytes(body))
    if (told.kind === undefined) return Object.assign(told, { data: JSON.parse(told.data) })
    const error = new WebhookError(told.text, told)
    Error.captureStackTrace(error, this.read)
    throw error
  }
}

const making = { function: Webhooks, ofClient: true }

/** The header's value. One that came more than once is none: there is no telling which of them counts. */
function header(given) {
  if (Array.isArray(given)) return given.length === 1 ? header(given[0]) : undefined
  if (given === undefined || given === null || typeof given === 'string') return given
  throw new TypeError(`given is of type ${typeof given}; it takes the header's value, a string, or undefined`)
}

function bytes(body) {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new TypeError(
    `body is of type ${typeof body}; it takes the body as it came, a Buffer, Uint8Array or string, before anything has parsed it`
  )
}

module.exports = { Webhooks }
