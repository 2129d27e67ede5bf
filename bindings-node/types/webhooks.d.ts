// Reading webhooks, and those that were refused.

import type { RoomcastError } from './errors.js'
import type { Event } from './events.js'

/** Why a webhook was refused. */
export type WebhookErrorKind = 'wrong_secret' | 'too_large' | 'invalid_body'

/**
 * A webhook that was refused: none of its data is passed on. Errors of another copy of this package are instances, too.
 *
 * Its `message` is one line: what is wrong, the status to answer with, and what to do. It holds nothing of the secret, the
 * header or the body.
 */
export declare class WebhookError extends Error {
  /**
   * Creates an error, for tests of your own code.
   * @param message - the error's text
   * @param fields - the other properties
   */
  constructor(message: string, fields: { kind: WebhookErrorKind; status: 400 | 401 | 413 })
  /** Always `WebhookError`. */
  readonly name: 'WebhookError'
  /**
   * Why it was refused. `wrong_secret`: the header is missing or has another value: the request is not 100ms's. `too_large`:
   * the body has more than 1 MiB. `invalid_body`: it is not an event, or not one that could be acted upon.
   */
  readonly kind: WebhookErrorKind
  /** The HTTP status to answer with: 401, 413 or 400. */
  readonly status: 400 | 401 | 413
  /** For `JSON.stringify`. */
  toJSON(): { name: string; message: string; kind: WebhookErrorKind; status: 400 | 401 | 413 }
}

/**
 * Verifies and parses the webhooks that 100ms posts. Create one when your process starts, and share it.
 *
 * @example
 * const webhooks = new Webhooks({ secret: process.env.WEBHOOK_SECRET })
 * app.post('/webhook', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
 *   const event = webhooks.read(request.get('x-webhook-secret'), request.body)
 *   if (event.type === 'peer.join.success') seat(event.roomId, event.userId, event.peerId)
 *   response.sendStatus(200)
 * })
 */
export declare class Webhooks {
  /**
   * Creates a webhook reader.
   * @param options - `secret`: the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII
   * characters, with spaces only between them, at most 4,096
   * @throws {@link RoomcastError} of kind `configuration` if the secret is missing, blank, or not valid as a header's value
   */
  constructor(options: { secret: string })

  /**
   * Verifies and parses a request. The secret is compared first, in constant time.
   *
   * An event may come twice: 100ms sends it again if it gets no 200. Remember the `id` of each event that you acted upon.
   * @param given - the value of the request's secret header, or undefined. More than one value counts as none
   * @param body - the raw body, before anything has parsed it: at most 1 MiB. Let your server refuse longer ones
   * @returns the event
   * @throws {@link WebhookError} if the request is refused; answer with its `status`
   * @throws `TypeError` if an argument is of another type, e.g. a body that was already parsed
   */
  read(given: string | readonly string[] | null | undefined, body: Uint8Array | string): Event
}
