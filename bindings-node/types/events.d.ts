// What 100ms posts.

/**
 * The fields of every event. Text that is missing, or of another type than 100ms documents, is `''`; a time or duration is
 * absent.
 */
export interface EventEnvelope {
  /** The event's id, the same each time it is sent: remember it, so as to act once. */
  id: string
  /** The version of 100ms's format: `"2.0"`. */
  version: string
  /** The 100ms account it happened in. */
  accountId: string
  /** When it happened. */
  timestamp?: Date
  /** Whether 100ms marks it as a replay, made at somebody's request. Its own retries are not marked. */
  isReplay: boolean
  /** All data of the event, with 100ms's own keys. */
  data: Record<string, unknown>
}

/** The peer that an event is about. */
export interface EventPeer {
  /** The peer's id, for sending messages to it while it is in the room. A user who joins again gets another one. */
  peerId: string
  /** The room's id. */
  roomId: string
  /** The user, as named in the peer's token: the same each time they join. Empty if it named none. */
  userId: string
  /** The role that the peer joined with; it may have another one by now. */
  role: string
  /** The peer's display name. */
  userName: string
  /** Text that the peer set for itself, mostly JSON. Not verified. */
  userData: string
  /** `"regular"`, or `"sip"` for a telephone. */
  peerType: string
  /** The room's name. */
  roomName: string
  /** The session: the time from a room's first peer to its last. */
  sessionId: string
  /** The template that the room was made with. */
  templateId: string
  /** When the peer joined, to the millisecond. */
  joinedAt?: Date
  /** When the session began, to the millisecond. */
  sessionStartedAt?: Date
}

/** A peer joined a room. */
export interface PeerJoined extends EventEnvelope, EventPeer {
  /** What happened. */
  type: 'peer.join.success'
}

/** A peer left a room. */
export interface PeerLeft extends EventEnvelope, EventPeer {
  /** What happened. */
  type: 'peer.leave.success'
  /** When it left, to the millisecond. */
  leftAt?: Date
  /** How long it was in the room, in milliseconds. */
  durationMs?: number
  /** Why, as 100ms puts it: `"client request"`, `"websocket closed"`, … */
  reason: string
}

/** Any other event: see its `data`. */
export interface OtherEvent extends EventEnvelope {
  /**
   * What happened: `session.open.success`, `recording.success`, … The prefixes are those that 100ms documents, so that
   * TypeScript can narrow an {@link Event} by its `type`. An event with another prefix is an `OtherEvent`, too.
   */
  type:
    | `${'session' | 'room' | 'track' | 'stream' | 'recording' | 'beam' | 'hls' | 'role' | 'transcription' | 'ingest'}.${string}`
    | `peer.${string}.failure`
}

/** Something that happened in 100ms. Narrow it by its `type`. */
export type Event = PeerJoined | PeerLeft | OtherEvent
