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

  // The lines are read in the order in which this is written. Properties without a value are left out.

  readTrace() {
    const trace = { method: methods[this.#text()], roomId: this.#text() }
    const recipient = this.#text()
    if (recipient !== '') trace.recipient = recipient
    trace.httpMethod = this.#text()
    trace.path = this.#text()
    trace.serverAddress = this.#text()
    trace.serverPort = this.#number()
    trace.startedAtMs = this.#number() / 1e3
    this.#addTime(trace, 'elapsedMs')
    this.#addError(trace)
    trace.attempts = []
    for (let count = this.#number(); count > 0; count -= 1) trace.attempts.push(this.#readAttempt())
    return trace
  }

  #readAttempt() {
    const attempt = { startedMs: this.#milliseconds(), elapsedMs: this.#milliseconds() }
    const connection = {}
    for (const name of CONNECTION) this.#addTime(connection, name)
    if (connection.dnsMs !== undefined) attempt.connection = connection
    this.#addTime(attempt, 'writeMs')
    this.#addTime(attempt, 'waitMs')
    this.#addTime(attempt, 'retryWaitMs')
    attempt.requestBytes = this.#number()
    attempt.responseBytes = this.#number()
    const status = this.#text()
    if (status !== '') attempt.status = Number(status)
    this.#addError(attempt)
    return attempt
  }

  #addTime(object, name) {
    const line = this.#text()
    if (line !== '') object[name] = Number(line) / 1e6
  }

  #addError(object) {
    const [kind, outcome] = [this.#text(), this.#text()]
    if (kind !== '') object.error = { kind, outcome }
  }

  #milliseconds() {
    return this.#number() / 1e6
  }

  #number() {
    return Number(this.#text())
  }

  /** The next line. It is empty if there is no value. */
  #text() {
    return this.#lines[this.#index++]
  }
}

const CONNECTION = ['dnsMs', 'tcpMs', 'proxyMs', 'tlsMs']

module.exports = { readTraces }
