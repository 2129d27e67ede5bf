/**
 * What went wrong. `invalid_request` and `configuration`: nothing was sent, and trying again changes nothing.
 * `unauthenticated` (401), `permission_denied` (403), `not_found` (404), `rate_limited` (429), `rejected` (any other 3xx
 * or 4xx but 408): the server said no. `server`: 5xx or 408. `connection`: DNS, refused, TLS, reset or closed. `timeout`:
 * the deadline passed. `protocol`: the answer was not proper HTTP. `cancelled`: the signal aborted. `internal`: a fault in
 * roomcast, caught.
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
  | 'internal'

/**
 * What is known of the message, and so what to do:
 * - `not_sent`: it provably never left. Sending it again cannot show it twice.
 * - `rejected`: the server answered no.
 * - `unknown`: it may have been delivered. Sending it again may show it twice.
 */
export type Outcome = 'not_sent' | 'rejected' | 'unknown'

/** What a {@link RoomcastError} is made of. Each field is described there. */
export interface RoomcastErrorFields {
  /** What went wrong. */
  kind: ErrorKind
  /** What is known of the message. */
  outcome: Outcome
  /** The HTTP status of the last answer. */
  status?: number
  /** The server's own `code`. */
  code?: number
  /** The server's own `message`. */
  serverMessage?: string
  /** The server's own `details`. */
  details?: readonly string[]
  /** How long the server asked to wait, in milliseconds. */
  retryAfterMs?: number
  /** Attempts that were begun. */
  attempts: number
  /** What brought it about. */
  cause?: unknown
}

/**
 * A send that did not succeed, or a client that could not be made. `import` and `require` give the same class.
 *
 * Its `message` is one line: what happened, what that means for the message that was to be sent, and what to do. It is for
 * your log; nothing of the error holds a secret, a token or that message's text.
 *
 * Its stack leads to the line that awaits the send. To save work, it is made only once a send has failed; so if nothing
 * awaits the promise (`client.broadcast(…).catch(log)`), a failure that came later has no line of yours in its stack.
 *
 * @example
 * try {
 *   await client.sendToPeer(roomId, peerId, 'hi')
 * } catch (error) {
 *   if (!(error instanceof RoomcastError)) throw error
 *   if (error.outcome === 'not_sent') later({ roomId, peerId })
 *   else log.error(error)
 * }
 */
export declare class RoomcastError extends Error {
  /**
   * For tests of your own code; roomcast makes its own.
   * @param message the error's text
   * @param fields the rest
   */
  constructor(message: string, fields: RoomcastErrorFields)
  /** Always `RoomcastError`. */
  readonly name: 'RoomcastError'
  /** What went wrong. */
  readonly kind: ErrorKind
  /** What is known of the message: this is what to act on. If one attempt of several ended `unknown`, the send is. */
  readonly outcome: Outcome
  /** The HTTP status of the last answer, where there was one. */
  readonly status?: number
  /** The server's own `code`, where its answer had one. */
  readonly code?: number
  /** The server's own `message`, where its answer had one: at most 1,024 bytes. */
  readonly serverMessage?: string
  /** The server's own `details`: at most 16, each at most 1,024 bytes; empty if there were none. */
  readonly details: readonly string[]
  /** How long the server asked to wait (`Retry-After`), in milliseconds from its answer, where it did. */
  readonly retryAfterMs?: number
  /** Attempts that were begun: 0 when nothing was tried, as when an argument broke a rule. */
  readonly attempts: number
  /**
   * For `cancelled`, the signal's reason, whatever that is. For what the system refused, an `Error` with `code` and `errno`
   * as Node's own have them, e.g. `ECONNREFUSED`. If options could not be read, what reading them threw. Else absent.
   */
  readonly cause?: unknown
}

/**
 * Options of a client: a plain object. What is left out comes from `process.env` or has a default. A key whose value is
 * `undefined` or `null` is not left out, and is refused; so is a key that nobody knows.
 */
export interface ClientOptions {
  /** The app's access key; goes with `secret`. Else `HMS_ACCESS_KEY`. */
  accessKey?: string
  /**
   * The app's secret, with which roomcast mints management tokens that hold for 24 hours, and renews them. Else
   * `HMS_SECRET`.
   */
  secret?: string
  /**
   * A management token made elsewhere, in place of key and secret: roomcast cannot renew it. Else `HMS_MANAGEMENT_TOKEN`.
   */
  managementToken?: string
  /**
   * Where the API is: https, or http to this machine. Else `HMS_BASE_URL`.
   * @defaultValue `https://api.100ms.live/v2`
   */
  baseUrl?: string
  /**
   * The deadline of a whole send, its time in line, all attempts and waits included, in milliseconds: more than 0, at most
   * 3,600,000. After it the send rejects with `timeout`.
   * @defaultValue 10,000
   */
  timeoutMs?: number
  /**
   * The most attempts of one send: 1 to 100. Tried again is what provably never left, a 401 once with a fresh token, and a
   * 429 after its `Retry-After`, if that fits into `timeoutMs`.
   * @defaultValue 3
   */
  maxAttempts?: number
  /**
   * Also try again when it is unknown whether the message was delivered. **People may then see a message twice.**
   * @defaultValue false
   */
  retryUnknown?: boolean
  /**
   * How many sends are under way at once, 1 to 10,000; the others wait in line, and their `timeoutMs` runs. Each has a
   * thread, which ends after 5 s without a send, and a connection.
   * @defaultValue 64
   */
  maxInFlight?: number
  /** A PEM file with authorities to trust besides the system's. `NODE_EXTRA_CA_CERTS` is not read. */
  caFile?: string
  /**
   * The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Else `HTTPS_PROXY`, unless `NO_PROXY`
   * names the host. Never used for this machine.
   */
  proxy?: string
}

/**
 * Options of every send, a plain object: whatever else is in it or in its prototypes is an unknown option, and refused. A key
 * whose value is `undefined` or `null` is not left out, `signal: undefined` excepted.
 */
export interface SendOptions {
  /** The kind of message, e.g. `"chat"`: 100ms passes any text on. Not blank, at most 256 bytes. */
  type?: string
  /**
   * Gives the send up when it aborts. The promise rejects at once with kind `cancelled`, `signal.reason` as its `cause`, and
   * outcome `not_sent` if the send was still in line or connecting (then it never leaves), else `unknown`.
   *
   * `AbortSignal.timeout(ms)` and `AbortSignal.any([…])` work. Other listeners on the signal are left alone, and after the
   * send the signal is as it was.
   */
  signal?: AbortSignal | undefined
}

/** Options of {@link Client.sendMessage}: without `peerId` and `role` it goes to everyone in the room. */
export interface SendMessageOptions extends SendOptions {
  /**
   * Only to the connected peer with this id, whatever `role` says. Not blank, at most 256 bytes. If it is empty, blank, null
   * or undefined, nobody receives the message: `invalid_request`. To reach everyone, leave the key out.
   */
  peerId?: string
  /** Only to the connected peers with this role. Empty, blank, null or undefined is `invalid_request`, as above. */
  role?: string
}

/** Options of every question: a plain object, in which nothing else may be. */
export interface AskOptions {
  /** Gives the question up when it aborts. The promise rejects at once with kind `cancelled`, as a send's. */
  signal?: AbortSignal | undefined
}

/** Options of {@link Client.listPeers}: without `userId` and `role` it lists everyone in the room. */
export interface ListPeersOptions extends AskOptions {
  /**
   * Only the peers of this user. Not blank, at most 256 bytes, compared exactly. If it is empty, blank, null or undefined,
   * nobody is listed: `invalid_request`. To list everyone, leave the key out.
   */
  userId?: string
  /** Only the peers that have this role. Empty, blank, null or undefined is `invalid_request`, as above. */
  role?: string
}

/** A peer that is in a room. What the server did not tell is `''` or absent. */
export interface Peer {
  /** The peer, to which messages can be sent while it is in the room. Who joins again has another one. */
  peerId: string
  /** The name that the peer shows. */
  name: string
  /** The user, as your peer token named them: the same each time they join. Empty if it named none. */
  userId: string
  /** What the peer says of itself, mostly JSON. It is the peer's own word. */
  metadata: string
  /** The role that the peer has now. */
  role: string
  /** When the peer joined, to the millisecond. */
  joinedAt?: Date
}

/** A room that somebody is in. What the server did not tell is `''` or absent. */
export interface Room {
  /** The room. */
  roomId: string
  /** The room's name. */
  name: string
  /** The 100ms account that it belongs to. */
  customerId: string
  /** The session: a room's, from its first peer to its last. */
  sessionId: string
  /** When the session began, to the millisecond. */
  createdAt?: Date
  /** The peers that are in the room, as the server orders them. */
  peerIds: string[]
}

/** The server took the message. That does not tell who read it, nor how many received it. */
export interface SendResult {
  /** The server's own words, `"message sent"`; empty if it had none. */
  message: string
  /** Attempts that it took, 1 or more. */
  attempts: number
}

/**
 * Sends messages into live 100ms rooms. Make one when your process starts, and share it.
 *
 * Sends never block the event loop nor libuv's threads. While sends are in flight they keep the process or the worker thread
 * alive; an idle client does not.
 *
 * In every send, `roomId` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is not blank and has at most 1 MiB of UTF-8. Text
 * goes out as it was given. Whatever breaks a rule rejects with a {@link RoomcastError} of kind `invalid_request` and
 * outcome `not_sent`; nothing is thrown before there is a promise. `await` the promise, and the error's stack leads to that
 * line.
 *
 * @example
 * const client = new Client()
 * await client.sendToPeer(roomId, peerId, 'your cards: A♠ K♠')
 */
export declare class Client {
  /**
   * Makes a client; nothing is sent yet. With an https `baseUrl` it reads the system's authorities, which takes some
   * milliseconds, in which the event loop waits.
   * @param options what is left out comes from `process.env` or has a default
   * @throws {RoomcastError} of kind `configuration`: no credentials, a bad base URL, an unreadable CA file, an option that
   * nobody knows, …
   */
  constructor(options?: ClientOptions)

  /**
   * Sends a message to a peer, to a role or, without either, to everyone in the room.
   * @param roomId the id of the active room
   * @param message the text to deliver
   * @param options to whom, and how
   * @returns the result: the server accepted the message
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   * @example
   * await client.sendMessage(roomId, 'your turn', { peerId, type: 'chat', signal: AbortSignal.timeout(2000) })
   */
  sendMessage(roomId: string, message: string, options?: SendMessageOptions): Promise<SendResult>

  /**
   * Sends a message to one connected peer.
   * @param roomId the id of the active room
   * @param peerId the peer's id: not blank, at most 256 bytes. Empty, blank, null or undefined is `invalid_request`, never
   * everyone
   * @param message the text to deliver
   * @param options how
   * @returns the result: the server accepted the message
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  sendToPeer(roomId: string, peerId: string, message: string, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to every connected peer with a role. If nobody has it, nobody receives it, and the server says
   * nothing of that.
   * @param roomId the id of the active room
   * @param role the role's name: not blank, at most 256 bytes. Empty, blank, null or undefined is `invalid_request`, never
   * everyone
   * @param message the text to deliver
   * @param options how
   * @returns the result: the server accepted the message
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  sendToRole(roomId: string, role: string, message: string, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to everyone in the room.
   * @param roomId the id of the active room
   * @param message the text to deliver
   * @param options how
   * @returns the result: the server accepted the message
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  broadcast(roomId: string, message: string, options?: SendOptions): Promise<SendResult>

  /**
   * Lists the peers of a room: all of them, those of a user, those with a role, or those that have both. A user has a peer
   * for each device or tab that they joined with, and another one each time they join.
   *
   * Asking changes nothing. So unlike a send it is tried again, too, when it is unknown whether the server has read it.
   * @param roomId the id of the active room
   * @param options which peers
   * @returns the peers, in the order of their ids; none if nobody in the room is asked for
   * @throws {RoomcastError} in the promise: `not_found` if nobody is in the room; `protocol` also if the answer does not hold
   * what was asked for, or has more than 16 MiB
   */
  listPeers(roomId: string, options?: ListPeersOptions): Promise<Peer[]>

  /**
   * Tells of a room that somebody is in: its session, and the ids of its peers. All else is as in {@link Client.listPeers}.
   * @param roomId the id of the active room
   * @param options `signal` only
   * @returns the room
   * @throws {RoomcastError} in the promise
   */
  getRoom(roomId: string, options?: AskOptions): Promise<Room>

  /**
   * Closes the client: sends from now on reject with `configuration` and `not_sent`, those in flight and in line go on to
   * their end. Closing twice is fine.
   */
  close(): void

  /**
   * Closes the client and waits for the sends in flight and in line: `await using client = new Client()`.
   * @returns a promise that does not reject; each send's own promise tells how it ended
   */
  [Symbol.asyncDispose](): Promise<void>
}

/** Why a webhook was refused. */
export type WebhookErrorKind = 'wrong_secret' | 'too_large' | 'invalid_body'

/**
 * A webhook that was refused. Nothing of it was read that could be acted upon. `import` and `require` give the same class.
 *
 * Its `message` is one line: what is wrong, what to answer, and what to do. It holds neither the secret, nor the header that
 * was given, nor a word of the body.
 */
export declare class WebhookError extends Error {
  /**
   * For tests of your own code; roomcast makes its own.
   * @param message the error's text
   * @param fields the rest
   */
  constructor(message: string, fields: { kind: WebhookErrorKind; status: 400 | 401 | 413 })
  /** Always `WebhookError`. */
  readonly name: 'WebhookError'
  /**
   * `wrong_secret`: the header is missing or has another value; it was not 100ms. `too_large`: the body has more than 1 MiB.
   * `invalid_body`: it is not an event, or not one that could be acted upon.
   */
  readonly kind: WebhookErrorKind
  /** The HTTP status to answer with: 401, 413 or 400. */
  readonly status: 400 | 401 | 413
}

/** What every event tells. What 100ms left out, or sent in another form than it documents, is `''` or absent. */
export interface EventEnvelope {
  /** The event's own id, the same each time it is sent: remember it, so as to act once. */
  id: string
  /** The version of 100ms's format: `"2.0"`. */
  version: string
  /** The 100ms account it happened in. */
  accountId: string
  /** When it happened. */
  timestamp?: Date
  /** Whether 100ms says that it sends it once more, at somebody's request. Its retries do not say so. */
  isReplay: boolean
  /** All that is told of it. */
  data: Record<string, unknown>
}

/** A peer of an event. */
export interface EventPeer {
  /** The peer, to which messages can be sent while it is in the room. Who joins again has another one. */
  peerId: string
  /** The room. */
  roomId: string
  /** The user, as your peer token named them: the same each time they join. Empty if it named none. */
  userId: string
  /** The role that the peer joined with; it may have another one by now. */
  role: string
  /** The name that the peer shows. */
  userName: string
  /** What the peer says of itself, mostly JSON. It is the peer's own word. */
  userData: string
  /** `"regular"`, or `"sip"` for a telephone. */
  peerType: string
  /** The room's name. */
  roomName: string
  /** The session: a room's, from its first peer to its last. */
  sessionId: string
  /** The template that the room was made with. */
  templateId: string
  /** When the peer joined, to the millisecond. */
  joinedAt?: Date
  /** When the session began, to the millisecond. */
  sessionStartedAt?: Date
}

/** A peer is in a room. */
export interface PeerJoined extends EventEnvelope, EventPeer {
  /** What happened. */
  type: 'peer.join.success'
}

/** A peer is in a room no more. */
export interface PeerLeft extends EventEnvelope, EventPeer {
  /** What happened. */
  type: 'peer.leave.success'
  /** When it left, to the millisecond. */
  leftAt?: Date
  /** How long it was in the room, in milliseconds. */
  durationMs?: number
  /** Why, in 100ms's words: `"client request"`, `"websocket closed"`, … */
  reason: string
}

/** Any other event: see its `data`. */
export interface OtherEvent extends EventEnvelope {
  /**
   * What happened: `session.open.success`, `recording.success`, … These are the beginnings that 100ms documents, so that
   * `type` tells TypeScript the events apart; an event with another one comes as this, too.
   */
  type:
    | `${'session' | 'room' | 'track' | 'stream' | 'recording' | 'beam' | 'hls' | 'role' | 'transcription' | 'ingest'}.${string}`
    | `peer.${string}.failure`
}

/** Something that happened in 100ms; its `type` says what. */
export type Event = PeerJoined | PeerLeft | OtherEvent

/**
 * Reads the webhooks that 100ms posts, and refuses everybody else's. Make one when your process starts, and share it.
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
   * Makes a reader.
   * @param options `secret`: the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII
   * characters, with spaces only between them, at most 4,096
   * @throws {RoomcastError} of kind `configuration`: the secret is missing, blank, or no header's value
   */
  constructor(options: { secret: string })

  /**
   * Reads a request. The secret is compared first, in a time that tells nothing of it.
   *
   * That an event was read does not mean that it is new: 100ms sends it again if it gets no 200. Remember the `id` of each
   * event that was acted upon.
   * @param given the value of the request's secret header, if it had one. Several values are none
   * @param body the body as it came, before anything has parsed it: at most 1 MiB. Have the server refuse longer ones
   * @returns the event
   * @throws {WebhookError} if it was refused; answer with its `status`
   * @throws {TypeError} if an argument is of another type, as a body that was parsed already
   */
  read(given: string | readonly string[] | null | undefined, body: Uint8Array | string): Event
}
