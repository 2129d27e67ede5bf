// What a client does, in numbers; and what happens to each call, for those who listen.

import type { Client } from './client.js'
import type { ErrorKind, Outcome, RoomcastError } from './errors.js'
import type { RecipientResult } from './many.js'
import type { Peer, Room } from './rooms.js'
import type { SendResult } from './sending.js'

/**
 * What a client is doing now, and what it has done since it was created, of {@link Client.stats}. The numbers are read one after the
 * other, while the client goes on.
 */
export interface Stats {
  /** Operations in flight, from their first attempt on; not those that wait between two attempts. */
  inFlight: number
  /** Operations that wait: for a place, for a retry, or for the `rate` of a `sendMany`. */
  queued: number
  /** What operations hold, in bytes: at most 64 MiB, then further ones fail with `queue_full`. */
  queuedBytes: number
  /** Open connections that are kept for further requests. */
  idleConnections: number
  /** Open connections in use. */
  busyConnections: number
  /** Messages that the server accepted. */
  sent: number
  /** Queries that the server answered. */
  queried: number
  /** Attempts after the first of an operation. */
  retried: number
  /** Operations that failed, by kind: every kind. Arguments of a wrong type and unknown options are not counted. */
  failed: Record<ErrorKind, number>
}

/** Options of {@link Client.drain}: a plain object. Any other key is an unknown option: `invalid_request`. */
export interface DrainOptions {
  /**
   * How long operations may take to end by themselves, in milliseconds: 0 to 3,600,000. Those that are left are cancelled. Default: the
   * client's `timeoutMs`.
   */
  timeoutMs?: number | undefined
}

/**
 * The context of the tracing channels `roomcast:send` (messages) and `roomcast:query` (`listPeers`, `getRoom`) of
 * `node:diagnostics_channel`: one object for each call, and for each item of {@link Client.sendMany}. `start` and `end` are published
 * when the call begins; `error`, if it fails, `asyncStart` and `asyncEnd` when it has ended, in the asynchronous context of the caller.
 * A call that is cancelled ends just after its promise rejects. Nothing is made while no channel has subscribers.
 *
 * It holds no message, no secret, and no id of a peer or user; but `result` and `error` are the call's own.
 * @example
 * tracingChannel('roomcast:send').subscribe({
 *   asyncEnd: (context) => log.info((context as TracingContext).trace)
 * })
 */
export interface TracingContext {
  /** The method of the client that was called. */
  method:
    | 'sendMessage'
    | 'sendToPeer'
    | 'sendToRole'
    | 'broadcast'
    | 'sendToUser'
    | 'sendToUsers'
    | 'sendToPeers'
    | 'sendToRoles'
    | 'sendMany'
    | 'listPeers'
    | 'getRoom'
  /** The room. Absent if what was given is no room's id. */
  roomId?: string
  /** Who receives the message. Absent for a query. */
  recipient?: 'peer' | 'role' | 'everyone' | 'user'
  /** What happened, when the call has ended. Absent if it did not begin, or has `traces`. */
  trace?: Trace
  /** The same of a call to several recipients: of its query, if it has one, and of each send. */
  traces?: Trace[]
  /** What the call returns, when it has succeeded. */
  result?: SendResult | RecipientResult[] | Peer[] | Room
  /** Why the call failed, when it has. */
  error?: RoomcastError
}

/** What happened to one operation: one request of the API, with its retries. */
export interface Trace {
  /** The operation: what all other methods are made of. */
  method: 'sendMessage' | 'listPeers' | 'getRoom'
  /** The room. */
  roomId: string
  /** Who receives the message. Absent for a query. */
  recipient?: 'peer' | 'role' | 'everyone'
  /** The HTTP method. */
  httpMethod: 'POST' | 'GET'
  /** The path of the request, without a query, which may name people. */
  path: string
  /** The host of the base URL. */
  serverAddress: string
  /** The port of the base URL. */
  serverPort: number
  /** When it was started, in milliseconds since the epoch, with fractions. */
  startedAtMs: number
  /** From then to its end, in milliseconds: the time in the queue, all attempts and the waits between them. */
  elapsedMs: number
  /** The attempts, in their order: as many as there were requests, or tries to connect. */
  attempts: AttemptTrace[]
  /** Why it failed. Absent if it succeeded. */
  error?: TraceError
}

/** One attempt of a {@link Trace}. All times are in milliseconds. */
export interface AttemptTrace {
  /** From the operation's start to the attempt's. */
  startedMs: number
  /** How long it took. */
  elapsedMs: number
  /** How long opening its connection took. Absent if that was kept from an earlier attempt, or was not opened. */
  connection?: ConnectionTrace
  /** How long writing the request took. Absent if it was not begun, or not ended. */
  writeMs?: number
  /** From there to the end of the attempt. */
  waitMs?: number
  /** How many bytes of the request the connection took, the head included. */
  requestBytes: number
  /** How many bytes of a response were read. */
  responseBytes: number
  /** The HTTP status of the response. Absent if there was none. */
  status?: number
  /** Why it failed. Absent if it succeeded. */
  error?: TraceError
  /** How long the operation waited before the next attempt. Absent if none was to follow. */
  retryWaitMs?: number
}

/** How long the parts of opening a connection took, in milliseconds, one after the other. */
export interface ConnectionTrace {
  /** Resolving the name. */
  dnsMs: number
  /** Connecting: to the proxy, if there is one. */
  tcpMs: number
  /** Opening the proxy's tunnel. Absent without a proxy. */
  proxyMs?: number
  /** The TLS handshake. Absent without TLS. */
  tlsMs?: number
}

/** Why an operation or an attempt failed. The texts are in the call's own {@link RoomcastError}. */
export interface TraceError {
  /** What went wrong. */
  kind: ErrorKind
  /** What is known of the message. */
  outcome: Outcome
}
