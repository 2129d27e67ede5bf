'use strict'

/** The core's names of operations. The other methods are made of these. */
const METHODS = { send_message: 'sendMessage', list_peers: 'listPeers', get_room: 'getRoom' }

/** Reads traces as `src/traces.rs` writes them: lists of values in this order. Documented in `types/observing.d.ts`. */
function readTraces(json) {
  return JSON.parse(json).map(readTrace)
}

// A property without a value is left out, so that there is no undefined in what is logged.

function readTrace([method, roomId, recipient, httpMethod, path, serverAddress, serverPort, started, elapsed, kind, outcome, attempts]) {
  const trace = { method: METHODS[method], roomId }
  if (recipient !== null) trace.recipient = recipient
  trace.httpMethod = httpMethod
  trace.path = path
  trace.serverAddress = serverAddress
  trace.serverPort = serverPort
  trace.startedAtMs = started / 1e3
  if (elapsed !== null) trace.elapsedMs = elapsed / 1e6
  trace.attempts = attempts.map(readAttempt)
  if (kind !== null) trace.error = { kind, outcome }
  return trace
}

function readAttempt([started, elapsed, dns, tcp, proxy, tls, write, wait, retryWait, requestBytes, responseBytes, status, kind, outcome]) {
  const attempt = { startedMs: started / 1e6, elapsedMs: elapsed / 1e6 }
  if (dns !== null) {
    attempt.connection = { dnsMs: dns / 1e6, tcpMs: tcp / 1e6 }
    if (proxy !== null) attempt.connection.proxyMs = proxy / 1e6
    if (tls !== null) attempt.connection.tlsMs = tls / 1e6
  }
  if (write !== null) attempt.writeMs = write / 1e6
  if (wait !== null) attempt.waitMs = wait / 1e6
  if (retryWait !== null) attempt.retryWaitMs = retryWait / 1e6
  attempt.requestBytes = requestBytes
  attempt.responseBytes = responseBytes
  if (status !== null) attempt.status = status
  if (kind !== null) attempt.error = { kind, outcome }
  return attempt
}

module.exports = { readTraces }
