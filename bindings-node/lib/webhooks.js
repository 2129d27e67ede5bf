'use strict'

const native = require('./native.js')
const { RoomcastError, WebhookError } = require('./error.js')
const { refuseExtraArguments, readOptions } = require('./arguments.js')

/** Documented in `types/webhooks.d.ts`. */
class Webhooks {
  #native

  constructor(options, ...extra) {
    refuseExtraArguments(extra, 1, constructor)
    const created = native.createWebhooks(options === undefined ? [] : readOptions(options, ['secret'], constructor))
    if (created.kind !== undefined) throw RoomcastError.from(created, Webhooks)
    this.#native = created
  }

  read(given, body) {
    const result = this.#native.read(checkHeader(given), checkBody(body))
    if (result.kind === undefined) return Object.assign(result, { data: JSON.parse(result.data) })
    const error = new WebhookError(result.text, result)
    Error.captureStackTrace(error, this.read)
    throw error
  }
}

const constructor = { function: Webhooks, isConfiguration: true }

/** Returns the header's value. More than one value counts as none: it is unclear which one is the secret. */
function checkHeader(given) {
  if (Array.isArray(given)) return given.length === 1 ? checkHeader(given[0]) : undefined
  if (given === undefined || given === null || typeof given === 'string') return given
  throw new TypeError(`given is of type ${typeof given}; it takes the header's value, a string, or undefined`)
}

function checkBody(body) {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new TypeError(
    `body is of type ${typeof body}; it takes the raw body, a Buffer, Uint8Array or string, before anything has parsed it`
  )
}

module.exports = { Webhooks }
