// Many messages in one call.

import type { Client } from './client.js'
import type { Outcome, RoomcastError } from './errors.js'
import type { Message, MessageInput } from './messages.js'
import type { CallOptions, SendResult } from './sending.js'

/**
 * One message of many: what {@link Client.sendMessage} takes, by name. Any other key, own or inherited, is an unknown option: that
 * item fails with `invalid_request`. Without `peerId` and `role` the message goes to everyone in the room.
 */
export interface SendItem extends CallOptions {
  /** The id of the active room. */
  roomId: string
  /** Text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns. */
  message: string | Message | object
  /** As in {@link SendMessageOptions}: send only to this peer. Empty, blank, null or undefined is `invalid_request`. */
  peerId?: string
  /** As in {@link SendMessageOptions}: send only to the peers with this role. */
  role?: string
  /** The type of the message, as in {@link SendOptions}. */
  type?: string | undefined
}

/** `T` if it is an item, as far as types can tell; otherwise the member that is wrong is `never`. */
export type ItemInput<T extends SendItem> = T & {
  [K in keyof T]: K extends 'message'
    ? T[K] extends infer M
      ? M extends string | Message
        ? M
        : M extends object
          ? MessageInput<M>
          : never
      : never
    : K extends keyof SendItem
      ? T[K]
      : never
}

/** Options of {@link Client.sendMany}: a plain object. Any other key is an unknown option: `invalid_request`. */
export interface SendManyOptions {
  /**
   * The maximum number of messages that begin in a second, evenly spaced: 0.001 to 1,000,000. Default: as quickly as the server
   * accepts them.
   */
  rate?: number | undefined
  /**
   * The maximum number of messages of this call in flight: 1 to 10,000. Default: the client's, which holds for all its operations
   * together.
   */
  maxInFlight?: number | undefined
  /** Called with the progress after each result, before the loop gets it. If it throws, the iteration ends with that error. */
  onProgress?: ((progress: Progress) => void) | undefined
  /**
   * Ends the iteration when it aborts: what is in flight is cancelled, no more items are taken, and after the results of all that
   * were taken the iteration rejects with kind `cancelled`, `not_sent`, and `signal.reason` as the `cause`. To get a result for
   * the other items, too, call {@link SendMany.cancel} instead.
   */
  signal?: AbortSignal | undefined
}

/** How many messages have completed by now, which may be more than the results that were taken. */
export interface Progress {
  /** All that have completed. */
  completed: number
  /** Those that the server accepted. */
  accepted: number
  /** Those that failed with the outcome `not_sent`. */
  notSent: number
  /** Those that failed with the outcome `rejected`. */
  rejected: number
  /** Those that failed with the outcome `unknown`. */
  unknown: number
  /** The number of all items. Absent if the iterable has neither `length` nor `size`. */
  total?: number
}

/** What became of a message: either `result`, or `error` and its `outcome`. */
export type Completed =
  | {
      /** The server accepted the message. */
      result: SendResult
      /** Absent. */
      error?: undefined
      /** Absent. */
      outcome?: undefined
    }
  | {
      /** Absent. */
      result?: undefined
      /** Why the message was not accepted. */
      error: RoomcastError
      /** What is known of the message: the error's. */
      outcome: Outcome
    }

/** What became of one item of many. */
export type ItemResult<T> = Completed & {
  /** The item: the same object that was given. */
  item: T
}

/** What became of a message for one of several recipients. */
export type RecipientResult = Completed & {
  /** The peer. Absent if the recipient is a role, or a user who is not in the room. */
  peerId?: string
  /** The role, if the recipients are roles. */
  role?: string
  /** The user, if the recipients are users: one result for each of their peers. */
  userId?: string
}

/**
 * The results of {@link Client.sendMany}, in the order in which they complete. Nothing is sent before the first result is asked
 * for. Leaving the loop (`break`, `return`, an exception) cancels what is in flight, and closes the iterable.
 */
export interface SendMany<T> extends AsyncIterableIterator<ItemResult<T>> {
  /**
   * The next result. Rejects with what the iterable threw, after the results of what was in flight; with kind `cancelled` after the
   * signal aborted; never because a message failed.
   */
  next(): Promise<IteratorResult<ItemResult<T>, undefined>>
  /**
   * Ends the iteration, as leaving the loop does.
   * @param value - what it resolves with
   */
  return(value?: unknown): Promise<IteratorResult<ItemResult<T>, undefined>>
  /**
   * Cancels what is in flight and sends no more. The other items are still taken, if their results are; each has the kind
   * `cancelled` and the outcome `not_sent`.
   */
  cancel(): void
  /** How many have completed by now. */
  readonly progress: Progress
  /** As {@link SendMany.return}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
