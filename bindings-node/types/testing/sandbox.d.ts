// A sandbox for tests: a local stand-in for the 100ms API, with real rooms and peers.

import type { Client } from '../client.js'
import type { ClientOptions } from '../options.js'

/** Options of {@link startSandbox}. */
export interface SandboxOptions {
  /**
   * The path of the program `roomcast-sandbox`. Default: the environment's `ROOMCAST_SANDBOX`, else that of the package
   * `roomcast-sandbox`, else the one on the `PATH`.
   */
  program?: string
  /**
   * Serve TLS, with a certificate that the sandbox makes for itself. {@link Sandbox.clientOptions} then have its `caFile`.
   * @defaultValue `false`
   */
  tls?: boolean
  /** More of the program's options, as `['--rate-limit', '5']`: see `npx roomcast-sandbox --help`. */
  args?: readonly string[]
}

/**
 * Starts a sandbox on a free port of this machine.
 *
 * It ends when {@link Sandbox.stop} is called, and at the latest with this process, however that ends. It does not keep the
 * process alive. It also sets `ROOMCAST_ONLY_SANDBOX=1` in `process.env`, for good: from then on, every client that is made in this
 * process (or thread) refuses any other host than this machine's, so that no test can reach people.
 * @param options - the program, and its options
 * @returns the sandbox, which listens
 * @throws `Error` by rejection, if the program is not found, or does not start: with what it wrote
 * @example
 * await using sandbox = await startSandbox()
 * const ann = await sandbox.join('room', { role: 'host', userId: 'ann' })
 * await sandbox.client().sendToPeer('room', ann.peerId, 'hi')
 * assert.deepEqual((await ann.received()).map(({ message }) => message), ['hi'])
 */
export declare function startSandbox(options?: SandboxOptions): Promise<Sandbox>

/** What {@link useSandbox} calls of a test runner: the module `node:test` or `vitest`, or Jest's globals. */
export interface Hooks {
  /** Of node:test: runs a function before the first test. */
  before?: (run: () => Promise<void>) => void
  /** Of node:test: runs a function after the last test. */
  after?: (run: () => Promise<void> | undefined) => void
  /** Of Vitest and Jest: runs a function before the first test. */
  beforeAll?: (run: () => Promise<void>) => void
  /** Of Vitest and Jest: runs a function after the last test. */
  afterAll?: (run: () => Promise<void> | undefined) => void
  /** Runs a function before each test. */
  beforeEach: (run: () => Promise<void>) => void
}

/**
 * Starts a sandbox before the first test of a file (or of a `describe` in which it is called), empties it before each test, and stops
 * it after the last one.
 * @param runner - the test runner: `import * as runner from 'node:test'`, or from `'vitest'`; in Jest `globalThis`
 * @param options - as those of {@link startSandbox}
 * @returns a function that returns the sandbox, in a test or a hook; it throws before
 * @example
 * import * as vitest from 'vitest'
 * const sandbox = useSandbox(vitest)
 * vitest.test('ann gets her cards', async () => {
 *   const ann = await sandbox().join('room', { userId: 'ann' })
 * })
 */
export declare function useSandbox(runner: Hooks, options?: SandboxOptions): () => Sandbox

/** A running sandbox, from {@link startSandbox}. */
export declare class Sandbox {
  private constructor()
  /** Where it listens, such as `http://127.0.0.1:40123`. In a browser it shows the rooms, and every message. */
  readonly url: string
  /** The options of a client that sends to it: `baseUrl`, `accessKey`, `secret`, with TLS also `caFile`; and `onlySandbox`. */
  readonly clientOptions: ClientOptions
  /**
   * The same as variables, for a program that makes its own client: `Object.assign(process.env, sandbox.environment)` before it is
   * imported, or `env` of a child process.
   */
  readonly environment: Record<string, string>

  /**
   * Creates a client that sends to it. {@link Sandbox.stop} closes it.
   * @param options - more options of the client, which count instead of the sandbox's
   * @returns the client
   */
  client(options?: ClientOptions): Client

  /**
   * A peer joins a room. It has a webhook like any other.
   * @param roomId - the room's id: 1 to 64 of `A-Z a-z 0-9 _ -`. It becomes active with its first peer
   * @param peer - what is known of the peer
   * @returns the peer, which receives what is sent to it from now on
   * @throws `TypeError` by rejection, if a field is wrong or unknown; it names the field
   */
  join(roomId: string, peer?: JoiningPeer): Promise<SandboxPeer>

  /** Returns every request that the API received, as far as the sandbox remembers them, with what it responded. */
  requests(): Promise<SandboxRequest[]>

  /**
   * Makes the API fail, for the next requests.
   * @param fault - what happens, and to how many requests
   * @returns the fault, which can be removed
   * @throws `TypeError` by rejection, if a field is wrong or unknown; it names the field
   * @example
   * await sandbox.fault({ kind: 'status', status: 500, count: 1 })
   */
  fault(fault: Fault): Promise<ActiveFault>

  /** Removes all faults. */
  clearFaults(): Promise<void>

  /**
   * Posts a webhook, as 100ms does, at the target or at a URL of its own. Retries it as 100ms does.
   * @param type - what happened, such as `peer.join.success`
   * @param event - of whom, and where to
   * @returns what the target responded to the last attempt
   * @throws `TypeError` by rejection, if a field is wrong or unknown, or if there is neither a target nor a `url`
   */
  webhook(type: string, event: WebhookToPost): Promise<WebhookDelivery>

  /**
   * Sets where webhooks are posted: those of peers that join and leave, and those of {@link Sandbox.webhook}.
   * @param url - the URL, of this machine or another
   * @param headers - headers of each request, such as the secret by which your program knows it
   */
  setWebhookTarget(url: string, headers?: Record<string, string>): Promise<void>

  /** Forgets everything: peers, messages, requests, faults, and the webhooks' target. */
  reset(): Promise<void>

  /** Closes the clients of {@link Sandbox.client}, and stops the sandbox. Stopping twice has no effect. */
  stop(): Promise<void>

  /** Stops it: `await using sandbox = await startSandbox()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** What {@link Sandbox.join} takes. */
export interface JoiningPeer {
  /** The role. @defaultValue `'guest'` */
  role?: string
  /** The user. @defaultValue `''` */
  userId?: string
  /** The display name. @defaultValue `''` */
  name?: string
  /** Text that the peer says of itself, mostly JSON. @defaultValue `''` */
  metadata?: string
  /** The peer's id. Default: a random one. */
  peerId?: string
}

/** A peer in a room of a {@link Sandbox}, which keeps what it receives. */
export declare class SandboxPeer {
  private constructor()
  /** Its id. */
  readonly peerId: string
  /** The room's id. */
  readonly roomId: string
  /** Its role. */
  readonly role: string
  /** Its user. */
  readonly userId: string
  /** Its display name. */
  readonly name: string
  /** What it says of itself. */
  readonly metadata: string

  /**
   * Waits for messages, and returns all that it received since the last call.
   * @param options - `count`: how many to wait for, by default 1. `timeoutMs`: how long to wait for each, in milliseconds, at most
   * 60,000; by default 2,000
   * @returns the messages, at least `count`, in their order
   * @throws `AssertionError` by rejection, if there are fewer; it shows those that there are
   */
  received(options?: { count?: number; timeoutMs?: number }): Promise<ReceivedMessage[]>

  /**
   * Checks that it received nothing since the last call of {@link SandboxPeer.received}, and that nothing comes.
   *
   * What a client's send has returned for was received before, so that 0 ms suffice for it; not for what is sent without waiting.
   * @param options - `forMs`: how long nothing may come, in milliseconds, at most 60,000; by default 100
   * @throws `AssertionError` by rejection, immediately, if it received something; it shows what
   */
  expectNothing(options?: { forMs?: number }): Promise<void>

  /** Leaves the room, which is a webhook too. What it received is forgotten. */
  leave(): Promise<void>
}

/** A message that a {@link SandboxPeer} received. */
export interface ReceivedMessage {
  /** Its number, from 1, among those that the peer received. */
  number: number
  /** The message's text. */
  message: string
  /** Its type. */
  type: string | null
  /** The id of the peer that sent it; null if a server did, as roomcast does. */
  sender: string | null
  /** The peer's role, if the message was for a role. */
  role?: string
  /** When it was received. */
  time: Date
}

/** A request that the API received. */
export interface SandboxRequest {
  /** Its number, from 1. */
  number: number
  /** When it was received. */
  time: Date
  /** `GET` or `POST`. */
  method: string
  /** The path and the query. */
  path: string
  /** The room's id, if the path has one. */
  roomId: string | null
  /** The HTTP status; null if there was no response. */
  status: number | null
  /** What the client reports of the message: `not_sent` is no request. */
  outcome: 'accepted' | 'rejected' | 'not_sent' | 'unknown'
  /** The request's body, as it came. */
  body: unknown
  /** The fault that was responsible, if one was. */
  fault?: unknown
}

/** What {@link Sandbox.fault} takes. */
export interface Fault {
  /**
   * - `status`: responds with a `status`, without doing what the request says;
   * - `lost_answer`: does it, but closes the connection without a response: the outcome is `unknown`;
   * - `delay`: responds after `delayMs`;
   * - `disconnect`: closes the connection without doing it;
   * - `rate_limit`: 429 to more than `perSecond` requests in a second.
   */
  kind: 'status' | 'lost_answer' | 'delay' | 'disconnect' | 'rate_limit'
  /** The status of kind `status`. */
  status?: number
  /** The time of kind `delay`, in milliseconds. */
  delayMs?: number
  /** The limit of kind `rate_limit`. */
  perSecond?: number
  /** How many requests it happens to. Default: all, until it is removed. */
  count?: number
  /** The probability with which it happens to a request: more than 0, at most 1. @defaultValue `1` */
  probability?: number
  /** The seed of the random numbers: with the same one, the same requests fail. */
  seed?: number
  /** Only requests for this room. Default: all. */
  roomId?: string
}

/** A fault that is in force. */
export interface ActiveFault {
  /** Its id. */
  readonly id: number | string
  /** Removes it. */
  remove(): Promise<void>
}

/** What {@link Sandbox.webhook} takes. */
export interface WebhookToPost {
  /** The room's id. */
  roomId: string
  /** The peer's id. Of one that is in the room, the event has the user, the role and the rest. */
  peerId?: string
  /** Members of the event's `data`, with 100ms's own names, such as `user_id`. They replace those that the sandbox knows. */
  data?: Record<string, unknown>
  /** Where to post it. Default: the target of {@link Sandbox.setWebhookTarget}. */
  url?: string
  /** Headers of the request. */
  headers?: Record<string, string>
}

/** What became of a webhook. */
export interface WebhookDelivery {
  /** The status of the last response; null if there was none. */
  status: number | null
  /** How often it was posted. */
  attempts: number
  /** The body of the last response. */
  body: string
}
