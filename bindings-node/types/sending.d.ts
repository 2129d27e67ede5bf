// What a send takes and returns.

import type { Client } from './client.js'

/**
 * Options of every send: a plain object. Any other key, own or inherited, is an unknown option: `invalid_request`. A key whose
 * value is `undefined` or `null` is not omitted, except for `signal: undefined`.
 */
export interface SendOptions {
  /** The type of the message, e.g. `"chat"`, which 100ms passes on to the peers. Not blank, at most 256 bytes of UTF-8. */
  type?: string
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
}
