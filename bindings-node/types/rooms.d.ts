// What a query takes and returns: who is in a room.

import type { Client } from './client.js'
import type { CallOptions } from './sending.js'

/** Options of every query: a plain object. Any other key is an unknown option: `invalid_request`. */
export interface QueryOptions extends CallOptions {
  /** Cancels the query when it aborts. The promise then rejects immediately with kind `cancelled`, as for a send. */
  signal?: AbortSignal | undefined
}

/** Options of {@link Client.listPeers}. Without `userId` and `role` it lists everyone in the room. */
export interface ListPeersOptions extends QueryOptions {
  /**
   * List only the peers of this user. Not blank, at most 256 bytes of UTF-8, compared exactly. If it is empty, blank, null or
   * undefined, the query fails with `invalid_request`. To list everyone, omit the key.
   */
  userId?: string
  /** List only the peers with this role. The same rules as for `userId`. */
  role?: string
}

/** A peer that is in a room. Text that the server did not send is `''`; a time that it did not send is absent. */
export interface Peer {
  /** The peer's id, for sending messages to it while it is in the room. A user who joins again gets another one. */
  peerId: string
  /** The peer's display name. */
  name: string
  /** The user, as named in the peer's token: the same each time they join. Empty if it named none. */
  userId: string
  /** Text that the peer set for itself, mostly JSON. Not verified. */
  metadata: string
  /** The role that the peer has now. */
  role: string
  /** When the peer joined, to the millisecond. */
  joinedAt?: Date
}

/** A room that somebody is in. Text that the server did not send is `''`; a time that it did not send is absent. */
export interface Room {
  /** The room's id. */
  roomId: string
  /** The room's name. */
  name: string
  /** The 100ms account that it belongs to. */
  customerId: string
  /** The session: the time from a room's first peer to its last. */
  sessionId: string
  /** When the session began, to the millisecond. */
  createdAt?: Date
  /** The ids of the peers that are in the room, as the server orders them. */
  peerIds: string[]
}
