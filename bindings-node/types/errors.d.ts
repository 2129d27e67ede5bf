// Operations that failed.

/**
 * What went wrong:
 * - `invalid_request`: an argument or option is invalid. Nothing was sent; a retry fails with the same error.
 * - `configuration`: the client is not usable as configured, or was closed. Nothing was sent.
 * - `unauthenticated` (HTTP 401), `permission_denied` (403), `not_found` (404), `rate_limited` (429), `rejected` (any other
 *   3xx or 4xx except 408): the server refused the request. `rate_limited` also with outcome `not_sent`, if the client pauses after a
 *   429 for longer than the timeout.
 * - `server`: HTTP 5xx or 408.
 * - `connection`: the name did not resolve, or the connection was refused, reset or closed, or TLS failed.
 * - `timeout`: `timeoutMs` passed. `cancelled`: the signal aborted.
 * - `protocol`: the response is not valid HTTP, is too large, or does not hold what was queried.
 * - `queue_full`: too much was started and is not complete. Nothing was sent.
 * - `internal`: an error inside roomcast, such as a panic, that was caught.
 */
export type ErrorKind =
  | 'invalid_request'
  | 'configuration'
  | 'unauthenticated'
  | 'permission_denied'
  | 'not_found'
  | 'rate_limited'
  | 'rejected'
  | 'server'
  | 'connection'
  | 'timeout'
  | 'protocol'
  | 'cancelled'
  | 'queue_full'
  | 'internal'

/**
 * What is known of the message when a send failed. This is what to act on:
 * - `not_sent`: it provably never left. Sending it again cannot show it twice.
 * - `rejected`: the server refused it.
 * - `unknown`: it may have been delivered. Sending it again may show it twice.
 */
export type Outcome = 'not_sent' | 'rejected' | 'unknown'

/** The fields of a {@link RoomcastError}, for its constructor. They are described there. */
export interface RoomcastErrorFields {
  /** What went wrong. */
  kind: ErrorKind
  /** What is known of the message. */
  outcome: Outcome
  /** The HTTP status of the last response. */
  status?: number
  /** The `code` in the response's body. */
  code?: number
  /** The `message` in the response's body. */
  serverMessage?: string
  /** The `details` in the response's body. */
  details?: readonly string[]
  /** How long the server asked to wait, in milliseconds. */
  retryAfterMs?: number
  /** The server's own id of the last request. */
  requestId?: string
  /** The number of attempts that began. */
  attempts: number
  /** The error or value that caused this error. */
  cause?: unknown
}

/**
 * An operation that failed, or a client that could not be created. Errors of another installed copy of this package are
 * instances of this class, too.
 *
 * Its `message` is one line: what happened, what that means for the message that was to be sent, and what to do. It is meant
 * for your log. No property of the error holds a secret, a token or the text of that message. Its JSON has no `cause`.
 *
 * Its stack trace includes the line that awaits the promise. It is captured only when an operation fails, so successful ones
 * do not pay for it. If nothing awaits the promise (`client.broadcast(…).catch(log)`), the stack trace of an error that occurs
 * later has no line of your code.
 *
 * @example
 * try {
 *   await client.sendToPeer(roomId, peerId, 'hi')
 * } catch (error) {
 *   if (!(error instanceof RoomcastError)) throw error
 *   if (error.outcome === 'not_sent') queue.add({ roomId, peerId })
 *   else log.error(error)
 * }
 */
export declare class RoomcastError extends Error {
  /**
   * Creates an error, for tests of your own code.
   * @param message - the error's text
   * @param fields - the other properties
   */
  constructor(message: string, fields: RoomcastErrorFields)
  /** `RoomcastError`; or if the `kind` is `cancelled`, `AbortError`, as for Node's own functions. */
  readonly name: 'RoomcastError' | 'AbortError'
  /** What went wrong. */
  readonly kind: ErrorKind
  /** What is known of the message: act on this. If one of several attempts ended `unknown`, so does the operation. */
  readonly outcome: Outcome
  /** The HTTP status of the last response. Absent if there was none. */
  readonly status?: number
  /** The `code` in the response's body. Absent if it had none. */
  readonly code?: number
  /** The `message` in the response's body, at most 1,024 bytes, secrets redacted. Absent if it had none. */
  readonly serverMessage?: string
  /** The `details` in the response's body: at most 16, each at most 1,024 bytes, secrets redacted. Empty if it had none. */
  readonly details: readonly string[]
  /** How long the server asked to wait (`Retry-After`, or a 429's text), in milliseconds. Absent if it did not. */
  readonly retryAfterMs?: number
  /** The server's own id of the last request (`x-request-id` and the like), for its support. Absent if it sent none. */
  readonly requestId?: string
  /** The number of attempts that began: 0 if validation failed, at most `maxAttempts`. */
  readonly attempts: number
  /**
   * For `cancelled`, the signal's `reason`, of any type. If a system call failed, an `Error` with `code` and `errno` as in
   * Node's system errors, e.g. `ECONNREFUSED`. If reading options or signal threw, the value that was thrown. Else absent.
   */
  readonly cause?: unknown
  /** For `JSON.stringify`. */
  toJSON(): { name: string; message: string } & RoomcastErrorFields
}
