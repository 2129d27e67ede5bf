// What a send takes and returns.

import type { Client } from './client.js'
import type { chat, event, reaction } from './messages.js'

/** Options of every method, which count instead of the client's. */
export interface CallOptions {
  /** The deadline of this call, in milliseconds: more than 0, at most 3,600,000. Default: the client's. */
  timeoutMs?: number | undefined
  /** The maximum number of attempts of this call: 1 to 100. Default: the client's. */
  maxAttempts?: number | undefined
  /**
   * Also retry if it is unknown whether the message was delivered. **People may then see a message twice.** A query is always
   * retried. Default: the client's.
   */
  retryUnknown?: boolean | undefined
}

/**
 * Options of every send: a plain object. Any other key, own or inherited, is an unknown option: `invalid_request`. `undefined`
 * counts as omitted, but not for a recipient; `null` never does.
 */
export interface SendOptions extends CallOptions {
  /**
   * The type of the message, which 100ms passes on to the peers. Not blank, at most 256 bytes of UTF-8, and not one that
   * begins with `hms_`. {@link chat}, {@link event} and {@link reaction} have their own.
   */
  type?: string | undefined
  /**
   * Cancels the send when it aborts. The promise then rejects immediately with kind `cancelled` and `signal.reason` as its
   * `cause`. The outcome is `not_sent` if the send was still queued or connecting (then it never leaves), else `unknown`.
   *
   * `AbortSignal.timeout(ms)` and `AbortSignal.any([…])` are supported. roomcast's listener is removed after the send.
   */
  signal?: AbortSignal | undefined
}

/** Options of {@link Client.sendMessage}. Without `peerId` and `role` the message goes to everyone in the room. */
export interface SendMessageOptions extends SendOptions {
  /**
   * Send only to the connected peer with this id; `role` is then ignored. Not blank, at most 256 bytes of UTF-8. If it is
   * empty, blank, null or undefined, nobody receives the message: `invalid_request`. To reach everyone, omit the key.
   */
  peerId?: string
  /**
   * Send only to the connected peers with this role. Not blank, at most 256 bytes of UTF-8. Empty, blank, null or undefined
   * is `invalid_request`, unless `peerId` is given.
   */
  role?: string
}

/** The result of a send: the server accepted the message. That does not say who received it, nor how many. */
export interface SendResult {
  /** The server's text, `"message sent"`; empty if it sent none. */
  message: string
  /** The number of attempts, 1 or more. */
  attempts: number
  /** The server's own id of the request (`x-request-id` and the like), for its support. Absent if it sent none. */
  requestId?: string
}
