/**
 * What went wrong:
 * - `invalid_request`: an argument or option is invalid. Nothing was sent; a retry fails with the same error.
 * - `configuration`: the client is not usable as configured, or was closed. Nothing was sent.
 * - `unauthenticated` (HTTP 401), `permission_denied` (403), `not_found` (404), `rate_limited` (429), `rejected` (any other
 *   3xx or 4xx except 408): the server refused the request.
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

/**
 * Options of a {@link Client}: a plain object. An option that is omitted comes from `process.env` or has a default. A key
 * whose value is `undefined` or `null` is not omitted: it is a `configuration` error, as is an unknown option.
 */
export interface ClientOptions {
  /** The app's access key; requires `secret`. Default: `HMS_ACCESS_KEY`. */
  accessKey?: string
  /**
   * The app's secret. roomcast signs management tokens with it, which are valid for 24 hours, and renews them. Default:
   * `HMS_SECRET`.
   */
  secret?: string
  /** A management token, in place of `accessKey` and `secret`: roomcast cannot renew it. Default: `HMS_MANAGEMENT_TOKEN`. */
  managementToken?: string
  /**
   * The base URL of the API: https, or http for loopback only. Default: `HMS_BASE_URL`, else the public API.
   * @defaultValue `https://api.100ms.live/v2`
   */
  baseUrl?: string
  /**
   * The deadline of each operation, in milliseconds: more than 0, at most 3,600,000. It includes the time in the queue, all
   * attempts and the waits between them. When it passes, the promise rejects with `timeout`.
   * @defaultValue `10000`
   */
  timeoutMs?: number
  /**
   * The maximum number of attempts of one operation: 1 to 100. Retried are failures before the message left, a 401 once with
   * a fresh token, and a 429 after the wait that it names, if that fits into `timeoutMs`.
   * @defaultValue `3`
   */
  maxAttempts?: number
  /**
   * Also retry if it is unknown whether the message was delivered. **People may then see a message twice.**
   * @defaultValue `false`
   */
  retryUnknown?: boolean
  /**
   * The maximum number of operations in flight, each on a connection: 1 to 10,000. Further ones are queued, up to 64 MiB.
   * @defaultValue `64`
   */
  maxInFlight?: number
  /**
   * The path of a PEM file with certificate authorities to trust in addition to the system's (or, if it has none, Node's) and
   * to those in `NODE_EXTRA_CA_CERTS`.
   */
  caFile?: string
  /**
   * The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Default: `HTTPS_PROXY`, unless
   * `NO_PROXY` names the host. Never used for loopback.
   */
  proxy?: string
}

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

/** Options of every query: a plain object. Any other key is an unknown option: `invalid_request`. */
export interface QueryOptions {
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

/** The result of a send: the server accepted the message. That does not say who received it, nor how many. */
export interface SendResult {
  /** The server's text, `"message sent"`; empty if it sent none. */
  message: string
  /** The number of attempts, 1 or more. */
  attempts: number
}

/**
 * Sends messages into live 100ms rooms, and queries who is in them. Create one when your process starts, and share it.
 *
 * Operations never block the event loop nor libuv's thread pool. While operations are in flight they keep the process or the
 * worker thread alive; an idle client does not.
 *
 * Limits: `roomId` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is not blank and has at most 1 MiB of UTF-8. Text is sent as
 * given, never trimmed or normalised. An argument that breaks a rule rejects with a {@link RoomcastError} of kind
 * `invalid_request` and outcome `not_sent`. The methods never throw synchronously.
 *
 * @example
 * const client = new Client()
 * await client.sendToPeer(roomId, peerId, 'your cards: A♠ K♠')
 */
export declare class Client {
  /**
   * Creates a client; nothing is sent yet. With an https `baseUrl` it reads the system's certificate authorities, which
   * blocks the event loop for some milliseconds.
   * @param options - an option that is omitted comes from `process.env` or has a default
   * @throws {@link RoomcastError} of kind `configuration`: no credentials, an invalid base URL, an unreadable CA file, an
   * unknown option, …
   */
  constructor(options?: ClientOptions)

  /**
   * Sends a message to a peer, to a role or, without either, to everyone in the room.
   * @param roomId - the id of the active room
   * @param message - the text to deliver
   * @param options - the recipient, the type, a signal
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   * @example
   * await client.sendMessage(roomId, 'your turn', { peerId, type: 'chat', signal: AbortSignal.timeout(2000) })
   */
  sendMessage(roomId: string, message: string, options?: SendMessageOptions): Promise<SendResult>

  /**
   * Sends a message to one connected peer.
   * @param roomId - the id of the active room
   * @param peerId - the peer's id: not blank, at most 256 bytes of UTF-8. Empty, blank, null or undefined is
   * `invalid_request`, never everyone
   * @param message - the text to deliver
   * @param options - the type, a signal
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   */
  sendToPeer(roomId: string, peerId: string, message: string, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to every connected peer with a role. If nobody has the role, nobody receives the message, and the server
   * reports success.
   * @param roomId - the id of the active room
   * @param role - the role's name: not blank, at most 256 bytes of UTF-8. Empty, blank, null or undefined is
   * `invalid_request`, never everyone
   * @param message - the text to deliver
   * @param options - the type, a signal
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   */
  sendToRole(roomId: string, role: string, message: string, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to everyone in the room.
   * @param roomId - the id of the active room
   * @param message - the text to deliver
   * @param options - the type, a signal
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   */
  broadcast(roomId: string, message: string, options?: SendOptions): Promise<SendResult>

  /**
   * Lists the peers of a room: all of them, those of a user, those with a role, or those that match both. A user has one peer
   * for each device or tab that they joined with, and another one each time they join.
   *
   * A query changes nothing on the server. So unlike a send it is retried even if it is unknown whether the server has
   * processed it. A response has at most 16 MiB.
   * @param roomId - the id of the active room
   * @param options - which peers, a signal
   * @returns the peers, in the order of their ids; empty if no peer in the room matches
   * @throws {@link RoomcastError} by rejection: `not_found` if nobody is in the room; `protocol` also if the response does
   * not hold what was queried, or is too large
   */
  listPeers(roomId: string, options?: ListPeersOptions): Promise<Peer[]>

  /**
   * Gets a room that somebody is in: its session, and the ids of its peers. Otherwise as {@link Client.listPeers}.
   * @param roomId - the id of the active room
   * @param options - a signal
   * @returns the room
   * @throws {@link RoomcastError} by rejection, as {@link Client.listPeers}
   */
  getRoom(roomId: string, options?: QueryOptions): Promise<Room>

  /**
   * Closes the client. Further operations reject with `configuration` and `not_sent`; those in flight or queued are
   * completed. Closing twice has no effect.
   */
  close(): void

  /**
   * Closes the client and waits for the operations in flight or queued: `await using client = new Client()`.
   * @returns a promise that never rejects; each operation's own promise has its result
   */
  [Symbol.asyncDispose](): Promise<void>
}

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
