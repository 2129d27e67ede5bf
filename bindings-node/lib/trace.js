'use strict'

/** The core's names of operations. The other methods are made of these. */
const methods = { send_message: 'sendMessage', list_peers: 'listPeers', get_room: 'getRoom' }

/** Reads traces as `src/call_trace.rs` writes them. Documented in `types/observing.d.ts`. */
function readTraces(flat) {
  const reader = new Reader(flat)
  const traces = []
  while (!reader.isAtEnd) traces.push(reader.readTrace())
  return traces
}

class Reader {
  #flat
  #index = 0

  constructor(flat) {
    this.#flat = flat
  }

  get isAtEnd() {
    return this.#index >= this.#flat.length
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
      serverPort: this.#next(),
      startedAtMs: this.#next(),
      elapsedMs: this.#next(),
      error: this.#readError()
    })
    const count = this.#next()
    trace.attempts = Array.from({ length: count }, () => this.#readAttempt())
    return trace
  }

  #readAttempt() {
    return compact({
      startedMs: this.#next(),
      elapsedMs: this.#next(),
      connection: this.#readConnection(),
      writeMs: this.#next(),
      waitMs: this.#next(),
      retryWaitMs: this.#next(),
      requestBytes: this.#next(),
      responseBytes: this.#next(),
      status: this.#next(),
      error: this.#readError()
    })
  }

  #readConnection() {
    const connection = { dnsMs: this.#next(), tcpMs: this.#next(), proxyMs: this.#next(), tlsMs: this.#next() }
    return connection.dnsMs === undefined ? undefined : compact(connection)
  }

  #readError() {
    const error = { kind: this.#next(), outcome: this.#next() }
    return error.kind === undefined ? undefined : error
  }

  #next() {
    return this.#flat[this.#index++]
  }
}

/** Removes the properties without a value. */
function compact(object) {
  for (const name in object) if (object[name] === undefined) delete object[name]
  return object
}

module.exports = { readTraces }
