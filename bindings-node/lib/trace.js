'use strict'

/** The core's names of operations. The other methods are made of these. */
const methods = { send_message: 'sendMessage', list_peers: 'listPeers', get_room: 'getRoom' }

/** Reads traces as `src/call_trace.rs` writes them. Documented in `types/observing.d.ts`. */
function readTraces(text) {
  const reader = new Reader(text)
  const traces = []
  while (!reader.isAtEnd) traces.push(reader.readTrace())
  return traces
}

class Reader {
  #lines
  #index = 0

  constructor(text) {
    this.#lines = text.split('\n')
  }

  get isAtEnd() {
    // The last line ends, too, so there is an empty one.
    return this.#index >= this.#lines.length - 1
  }

  // Properties are evaluated in the order in which they are written here.

  readTrace() {
    const trace = compact({
      method: methods[this.#next()],
      roomId: this.#next(),
      recipient: this.#next(),
      httpMethod: this.#next(),
      path: this.#next(),
      serverAddress: this.#next(),
      serverPort: this.#number(),
      startedAtMs: this.#milliseconds(),
      elapsedMs: this.#milliseconds(),
      error: this.#readError()
    })
    const count = this.#number()
    trace.attempts = Array.from({ length: count }, () => this.#readAttempt())
    return trace
  }

  #readAttempt() {
    return compact({
      startedMs: this.#milliseconds(),
      elapsedMs: this.#milliseconds(),
      connection: this.#readConnection(),
      writeMs: this.#milliseconds(),
      waitMs: this.#milliseconds(),
      retryWaitMs: this.#milliseconds(),
      requestBytes: this.#number(),
      responseBytes: this.#number(),
      status: this.#number(),
      error: this.#readError()
    })
  }

  #readConnection() {
    const connection = { dnsMs: this.#milliseconds(), tcpMs: this.#milliseconds(), proxyMs: this.#milliseconds(), tlsMs: this.#milliseconds() }
    return connection.dnsMs === undefined ? undefined : compact(connection)
  }

  #readError() {
    const error = { kind: this.#next(), outcome: this.#next() }
    return error.kind === undefined ? undefined : error
  }

  #milliseconds() {
    const nanoseconds = this.#number()
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6
  }

  #number() {
    const line = this.#next()
    return line === undefined ? undefined : Number(line)
  }

  /** The next line, or undefined if that is empty. */
  #next() {
    return this.#lines[this.#index++] || undefined
  }
}

/** Removes the properties without a value. */
function compact(object) {
  for (const name in object) if (object[name] === undefined) delete object[name]
  return object
}

module.exports = { readTraces }
