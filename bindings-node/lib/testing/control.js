'use strict'
// Requests to the sandbox's control API. They go over a plain socket: a test may have replaced `fetch` and `http.request`
// (msw, nock) to see what its program requests, and the clock (fake timers), on which Node's own HTTP clients depend.

const { readFileSync } = require('node:fs')
const { connect } = require('node:net')

/** The longest that one request may wait, in milliseconds. */
const MAX_WAIT_MS = 60_000

class Control {
  #host
  #port
  #authority

  /** @param {{ url: string, ca_file: string | null }} ready what the sandbox printed when it listened */
  constructor({ url, ca_file: caFile }) {
    const { hostname, port } = new URL(url)
    this.#host = hostname
    this.#port = Number(port)
    this.#authority = caFile === null ? undefined : readFileSync(caFile)
  }

  /**
   * Makes a request below `/sandbox`. Returns the response's JSON; undefined if it has none.
   * @param {object} [body] in camel case, as all that is returned; members that are undefined are omitted
   */
  async request(method, path, body) {
    const text = body === undefined ? '' : JSON.stringify(toSnakeCase(body))
    const head = [
      `${method} /sandbox${path} HTTP/1.0`,
      `host: ${this.#host}:${this.#port}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(text)}`
    ]
    const { status, content } = parse(await this.#exchange(`${head.join('\r\n')}\r\n\r\n${text}`))
    if (status >= 200 && status < 300) return content === '' ? undefined : toCamelCase(JSON.parse(content))
    throw refused(method, path, status, content)
  }

  /** Sends a request, and returns what comes until the sandbox closes the connection. */
  #exchange(request) {
    return new Promise((resolve, reject) => {
      const received = []
      this.#connect()
        .on('data', (bytes) => received.push(bytes))
        .on('end', () => resolve(Buffer.concat(received).toString('utf8')))
        .on('error', (cause) => reject(new Error(`the sandbox does not respond: ${cause.message}`, { cause })))
        .on('close', () => reject(new Error('the sandbox closed the connection')))
        .write(request)
    })
  }

  #connect() {
    const address = { host: this.#host, port: this.#port }
    if (this.#authority === undefined) return connect(address)
    return require('node:tls').connect({ ...address, ca: this.#authority })
  }
}

function parse(response) {
  const end = response.indexOf('\r\n\r\n')
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(response) ?? []
  if (end === -1 || status === undefined) throw new Error('the sandbox did not respond in HTTP')
  return { status: Number(status), content: response.slice(end + 4) }
}

function refused(method, path, status, content) {
  let error
  try {
    error = JSON.parse(content).error
  } catch {
    // Not of the control API.
  }
  if (error?.message === undefined) return new Error(`the sandbox responded ${status} to ${method} /sandbox${path}`)
  return new TypeError(`${camel(error.field)}: ${error.message}`)
}

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Names of members that hold what users wrote, whose names are their own. */
const verbatim = new Set(['data', 'headers', 'body'])

function renamed(value, rename) {
  if (Array.isArray(value)) return value.map((one) => renamed(one, rename))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, one]) => [rename(name), verbatim.has(name) ? one : renamed(one, rename)])
  return Object.fromEntries(entries)
}

const toSnakeCase = (value) => renamed(value, snake)
const toCamelCase = (value) => renamed(value, camel)

module.exports = { Control, MAX_WAIT_MS }
