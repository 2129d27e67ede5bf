// A client that sends nothing, for tests.

import type { Client } from '../client.js'
import type { RoomcastError } from '../errors.js'
import type { ClientOptions } from '../options.js'
import type { Peer } from '../rooms.js'

/**
 * A {@link Client} for tests that sends nothing: a server that exists in this process only responds. All of roomcast's rules apply,
 * from the same native code: the same results, errors, outcomes, retries and numbers, and the same types. It waits for nothing, not
 * between two attempts either. It reads no credentials and nothing of the environment.
 *
 * @example
 * const client = new FakeClient()
 * await deal(client, 'room', 'p1')
 * assert.equal(client.calls[0]?.peerId, 'p1')
 */
export declare class FakeClient extends Client {
  /**
   * Creates a fake client.
   * @param options - as those of a {@link Client}, e.g. `maxAttempts`
   * @throws {@link RoomcastError} of kind `configuration`, as a `Client` does
   */
  constructor(options?: ClientOptions)

  /** The calls that have ended, in the order in which they did. The array is frozen, and so is each call. */
  readonly calls: readonly FakeCall[]

  /** The messages that the server accepted, in their order. The array is frozen, and so is each message. */
  readonly sent: readonly FakeMessage[]

  /**
   * Makes the next calls fail, after those that were asked for before. A message to a user is a query first.
   * @param failure - the HTTP status of the response, 300 to 599, or a {@link FakeFailure}
   * @param options - how many calls fail, by default one, and how many attempts of each, by default all
   * @throws {@link RoomcastError} of kind `invalid_request` if there is no such failure, or an option is wrong
   * @example
   * client.failNext('unknown')
   * await assert.rejects(client.broadcast('room', 'hi'), { outcome: 'unknown' })
   */
  failNext(failure: number | FakeFailure, options?: FailNextOptions): void

  /**
   * A peer joins a room; one with the same id is replaced. Until somebody has joined a room, every room accepts every message. From
   * then on it is as with 100ms: a message to a peer that is not in the room, or to a room that nobody is in, is `not_found`.
   * @param roomId - the room's id
   * @param peer - what is known of the peer: the `role` is `guest` if it is not given, the `peerId` one that no other has, and the
   * rest empty
   * @returns the peer, as {@link Client.listPeers} returns it
   * @throws {@link RoomcastError} of kind `invalid_request` if a field is unknown, or is not text that 100ms could have
   */
  join(roomId: string, peer?: Partial<Omit<Peer, 'joinedAt'>>): Peer

  /**
   * A peer leaves a room. If it was the last one, a message to the room is `not_found`.
   * @param roomId - the room's id
   * @param peerId - the peer's id
   * @throws {@link RoomcastError} of kind `invalid_request` if one of them is not an id
   */
  leave(roomId: string, peerId: string): void

  /** Forgets everything: calls, messages, peers, and failures that are to come. */
  reset(): void
}

/**
 * What {@link FakeClient.failNext} takes beside a status:
 * - `not_sent`: there is no connection;
 * - `unknown`: the connection breaks after the request was sent;
 * - `late`: the deadline passes without a response, immediately.
 */
export type FakeFailure = 'not_sent' | 'unknown' | 'late'

/** Options of {@link FakeClient.failNext}. */
export interface FailNextOptions {
  /** How many calls fail. @defaultValue `1` */
  count?: number | undefined
  /** How many attempts of each call fail; the next one reaches the server. Default: all that there are. */
  attempts?: number | undefined
  /** The header `Retry-After` of a status, in milliseconds: 0 to a day, rounded up to seconds. Default: none. */
  retryAfterMs?: number | undefined
}

/**
 * A call of a {@link FakeClient} that has ended: one that succeeded, one that failed, or one that broke a rule and was never sent
 * (but not one whose arguments cannot be read at all, as options that are no object).
 *
 * A message to several recipients is a call for each of them; one to users is a call of `listPeers` first. What was not given, or not
 * as text, is absent.
 */
export interface FakeCall {
  /** What it was in the end: `sendToPeer`, `sendToRole` and `broadcast` are a `sendMessage`. */
  readonly method: 'sendMessage' | 'listPeers' | 'getRoom'
  /** The room's id. */
  readonly roomId?: string
  /** The peer that receives the message. Neither this nor `role`: everyone does. */
  readonly peerId?: string
  /** The role that receives the message, or whose peers are listed. */
  readonly role?: string
  /** The user whose peers are listed. */
  readonly userId?: string
  /** The message's text, as it is sent. */
  readonly message?: string
  /** The message's type. */
  readonly type?: string
  /** How many attempts there were: none if it broke a rule. */
  readonly attempts: number
  /** What it rejected with, without the stack trace; absent if it succeeded. */
  readonly error?: RoomcastError
}

/** A message that the server of a {@link FakeClient} accepted. */
export interface FakeMessage {
  /** The room's id. */
  readonly roomId: string
  /** The peer that received it. Neither this nor `role`: everyone did. */
  readonly peerId?: string
  /** The role that received it. */
  readonly role?: string
  /** The message's text. */
  readonly message: string
  /** Its type. */
  readonly type?: string
}
