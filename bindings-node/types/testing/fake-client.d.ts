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

  /** What was called, in order. Each time a new array, which is frozen, as is each call. */
  readonly calls: readonly FakeCall[]

  /**
   * Makes the next attempts fail. A retry is an attempt: with `maxAttempts` of 3, one 429 is survived.
   * @param failure - the HTTP status of the response, 300 to 599, or a {@link FakeFailure}
   * @param count - how many attempts: 1 or more, by default 1. They come after those that were asked for before
   * @throws `TypeError` if it is another failure or count
   * @example
   * client.failNext('unknown')
   * await assert.rejects(client.broadcast('room', 'hi'), { outcome: 'unknown' })
   */
  failNext(failure: number | FakeFailure, count?: number): void

  /**
   * A peer joins a room. A room that nobody has joined accepts every message. As soon as somebody has, it responds as 100ms does:
   * a message to a peer that is not in it is `not_found`.
   * @param roomId - the room's id
   * @param peer - what is known of the peer: the `role` is `guest` if it is not given, the `peerId` one that no other has
   * @returns the peer, as {@link Client.listPeers} returns it
   * @throws `TypeError` if a field is unknown, or is not text
   */
  join(roomId: string, peer?: Partial<Omit<Peer, 'joinedAt'>>): Peer

  /**
   * A peer leaves a room. If it was the last one, a message to the room is `not_found`.
   * @param roomId - the room's id
   * @param peerId - the peer's id
   */
  leave(roomId: string, peerId: string): void

  /** Forgets everything: calls, peers, and failures that are to come. */
  reset(): void
}

/**
 * What {@link FakeClient.failNext} takes beside a status:
 * - `not_sent`: there is no connection;
 * - `unknown`: the connection breaks after the request was sent;
 * - `timeout`: no response comes, and the deadline passes at once.
 */
export type FakeFailure = 'not_sent' | 'unknown' | 'timeout'

/** A call of a {@link FakeClient}. */
export interface FakeCall {
  /** The room's id. */
  readonly roomId: string
  /** The peer. */
  readonly peerId?: string
}
