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

/** The fields of a {@link RoomcastError}. */
export interface RoomcastErrorFields {
  kind: ErrorKind
  outcome: Outcome
  status?: number
  code?: number
  serverMessage?: string
  details?: readonly string[]
  retryAfterMs?: number
  attempts: number
  cause?: unknown
}

/**
 * A send that did not succeed, or a client that could not be made. Its `message` says what happened, what that means for
 * the message that was to be sent, and what to do. It never holds a secret, a token or that message's text.
 */
export declare class RoomcastError extends Error {
  /** For tests of your own code; roomcast makes its own. */
  constructor(message: string, fields: RoomcastErrorFields)
  readonly name: 'RoomcastError'
  /** What went wrong. */
  readonly kind: ErrorKind
  /** What is known of the message: this is what to act on. */
  readonly outcome: Outcome
  /** The HTTP status of the last answer, where there was one. */
  readonly status?: number
  /** The server's own `code`, where its answer had one. */
  readonly code?: number
  /** The server's own `message`, where its answer had one: at most 1,024 bytes. */
  readonly serverMessage?: string
  /** The server's own `details`: at most 16, each at most 1,024 bytes; empty if there were none. */
  readonly details: readonly string[]
  /** How long the server asked to wait (`Retry-After`), in milliseconds from its answer. */
  readonly retryAfterMs?: number
  /** Attempts that were begun: 0 when validation failed. */
  readonly attempts: number
  /** For `cancelled`, the signal's reason. */
  readonly cause?: unknown
}

/** Options of a client. What is left out has its default; a key whose value is `undefined` is not left out. */
export interface ClientOptions {
  /** The app's access key; goes with `secret`. Else `HMS_ACCESS_KEY`. */
  accessKey?: string
  /** The app's secret, with which roomcast mints management tokens. Else `HMS_SECRET`. */
  secret?: string
  /** A management token made elsewhere, in place of key and secret. Else `HMS_MANAGEMENT_TOKEN`. */
  managementToken?: string
  /** https, or http to this machine. Else `HMS_BASE_URL`, else `https://api.100ms.live/v2`. */
  baseUrl?: string
  /**
   * The deadline of a whole send, all attempts and waits included, in milliseconds: more than 0, at most 3,600,000.
   * Default 10,000.
   */
  timeoutMs?: number
  /** The most attempts of one send: 1 to 100. Default 3. */
  maxAttempts?: number
  /**
   * Also try again when it is unknown whether the message was delivered. **People may then see a message twice.**
   * Default false.
   */
  retryUnknown?: boolean
  /** How many sends are under way at once, 1 to 10,000; the others wait in line. Default 64. */
  maxInFlight?: number
  /** A PEM file with authorities to trust besides the system's. */
  caFile?: string
  /** The HTTP proxy to tunnel through. Else `HTTPS_PROXY`, unless `NO_PROXY` names the host. Never for this machine. */
  proxy?: string
}

/**
 * Options of every send, a plain object: whatever else is in it or in its prototypes is an unknown option, and refused. A key
 * whose value is `undefined` is not left out, `signal` excepted.
 */
export interface SendOptions {
  /** The kind of message, e.g. `"chat"`: 100ms passes any text on. Not blank, at most 256 bytes. */
  type?: string
  /**
   * Aborts the send, at once. The error is of kind `cancelled`, its outcome `not_sent` or `unknown`, its `cause` the
   * signal's reason.
   */
  signal?: AbortSignal | undefined
}

/** Options of {@link Client.sendMessage}: without `peerId` and `role` it goes to everyone in the room. */
export interface SendMessageOptions extends SendOptions {
  /**
   * Only to the connected peer with this id, whatever `role` says. If it is empty, blank, null or undefined, nobody
   * receives the message: `invalid_request`.
   */
  peerId?: string
  /** Only to the connected peers with this role. Empty, blank, null or undefined is `invalid_request`, as above. */
  role?: string
}

/** The server took the message. That does not tell who read it, nor how many received it. */
export interface Receipt {
  /** The server's own words, `"message sent"`; empty if it had none. */
  message: string
  /** Attempts that it took, 1 or more. */
  attempts: number
}

/**
 * Sends messages into live 100ms rooms. Make one and share it.
 *
 * Sends never block the event loop nor libuv's threads. While sends are in flight they keep the process alive; an idle
 * client does not.
 *
 * In every send, `roomId` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is not blank and has at most 1 MiB of UTF-8. Text
 * goes out as it was given. Whatever breaks a rule rejects with a {@link RoomcastError} of kind `invalid_request` and
 * outcome `not_sent`; nothing is thrown before there is a promise. `await` the promise, and the error's stack leads to that
 * line.
 */
export declare class Client {
  /**
   * @throws {RoomcastError} of kind `configuration`: no credentials, a bad base URL, an option that nobody knows, …
   */
  constructor(options?: ClientOptions)

  /**
   * Sends a message to a peer, to a role or, without either, to everyone in the room.
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  sendMessage(roomId: string, message: string, options?: SendMessageOptions): Promise<Receipt>

  /**
   * Sends a message to one connected peer. An empty, blank, null or undefined `peerId` is `invalid_request`.
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  sendToPeer(roomId: string, peerId: string, message: string, options?: SendOptions): Promise<Receipt>

  /**
   * Sends a message to every connected peer with a role. If nobody has it, nobody receives it, and the server says
   * nothing of that. An empty, blank, null or undefined `role` is `invalid_request`.
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  sendToRole(roomId: string, role: string, message: string, options?: SendOptions): Promise<Receipt>

  /**
   * Sends a message to everyone in the room.
   * @throws {RoomcastError} in the promise; its `outcome` says what is known of the message
   */
  broadcast(roomId: string, message: string, options?: SendOptions): Promise<Receipt>

  /**
   * Closes the client: sends from now on reject with `configuration`, those in flight go on to their end. Closing twice is
   * fine.
   */
  close(): void

  /** Closes the client and waits for the sends in flight: `await using client = new Client()`. */
  [Symbol.asyncDispose](): Promise<void>
}
