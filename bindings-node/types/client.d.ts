// The client.

import type { RoomcastError } from './errors.js'
import type { ClientOptions } from './options.js'
import type { ListPeersOptions, Peer, QueryOptions, Room } from './rooms.js'
import type { ItemInput, RecipientResult, SendItem, SendMany, SendManyOptions } from './many.js'
import type { MessageInput } from './messages.js'
import type { DrainOptions, Stats } from './observing.js'
import type { SendMessageOptions, SendOptions, SendResult } from './sending.js'

/**
 * Sends messages into live 100ms rooms, and queries who is in them. Create one when your process starts, and share it.
 *
 * Operations never block the event loop nor libuv's thread pool. While operations are in flight they keep the process or the
 * worker thread alive; an idle client does not.
 *
 * Limits: `roomId` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is not blank and has at most 1 MiB of UTF-8, as text or as
 * JSON. An argument that breaks a rule rejects with a {@link RoomcastError} of kind
 * `invalid_request` and outcome `not_sent`. Only {@link Client.sendMany} throws synchronously.
 * They also work on a `Proxy` of a client.
 *
 * @example
 * const client = new Client()
 * await client.sendToPeer(roomId, peerId, chat('your cards: A♠ K♠'))
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
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the recipient, the type, a signal, what counts instead of the client's options
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   * @example
   * await client.sendMessage(roomId, event('turn', { seat: 3 }), { peerId, timeoutMs: 2000 })
   */
  sendMessage<T extends object = {}>(roomId: string, message: MessageInput<T>, options?: SendMessageOptions): Promise<SendResult>

  /**
   * Sends a message to one connected peer.
   * @param roomId - the id of the active room
   * @param peerId - the peer's id: not blank, at most 256 bytes of UTF-8. Empty, blank, null or undefined is
   * `invalid_request`, never everyone
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   */
  sendToPeer<T extends object = {}>(roomId: string, peerId: string, message: MessageInput<T>, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to every connected peer with a role. If nobody has the role, nobody receives the message, and the server
   * reports success.
   * @param roomId - the id of the active room
   * @param role - the role's name: not blank, at most 256 bytes of UTF-8. Empty, blank, null or undefined is
   * `invalid_request`, never everyone
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   */
  sendToRole<T extends object = {}>(roomId: string, role: string, message: MessageInput<T>, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to everyone in the room.
   * @param roomId - the id of the active room
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns the result: the server accepted the message
   * @throws {@link RoomcastError} by rejection; its `outcome` says what is known of the message
   */
  broadcast<T extends object = {}>(roomId: string, message: MessageInput<T>, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a message to every peer of a user: one for each device or tab that they joined with. Queries who is in the room, then
   * sends to each of those peers, all within one `timeoutMs`.
   * @param roomId - the id of the active room
   * @param userId - the user's id: not blank, at most 256 bytes of UTF-8. Empty, blank, null or undefined is `invalid_request`
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns what became of the message, peer by peer: a peer that left meanwhile stops no other
   * @throws {@link RoomcastError} by rejection, if it was sent to nobody: `not_found` and `not_sent` if the user has no peer in the
   * room; if the query failed; `cancelled` if the signal aborted, which says whether some may have been delivered
   * @example
   * for (const { peerId, error } of await client.sendToUser(roomId, 'ann', chat('your turn'))) if (error) log.warn(peerId, error)
   */
  sendToUser<T extends object = {}>(roomId: string, userId: string, message: MessageInput<T>, options?: SendOptions): Promise<RecipientResult[]>

  /**
   * Sends a message to every peer of several users, with one query. Otherwise as {@link Client.sendToUser}.
   * @param roomId - the id of the active room
   * @param userIds - an array or another iterable of ids, at least one; one that occurs twice counts once. If one is empty, blank,
   * null or undefined, nobody receives the message
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns what became of the message, peer by peer, in the order of the users. A user who is not in the room has one with
   * `not_found`
   * @throws {@link RoomcastError} by rejection, as {@link Client.sendToUser}: `not_found` if none of them is in the room
   */
  sendToUsers<T extends object = {}>(roomId: string, userIds: Iterable<string> & object, message: MessageInput<T>, options?: SendOptions): Promise<RecipientResult[]>

  /**
   * Sends a message to several connected peers, at most `maxInFlight` at a time, all within one `timeoutMs`.
   * @param roomId - the id of the active room
   * @param peerIds - an array or another iterable of ids, as the users of {@link Client.sendToUsers}
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns what became of the message, peer by peer, in their order
   * @throws {@link RoomcastError} by rejection, if it was sent to nobody
   */
  sendToPeers<T extends object = {}>(roomId: string, peerIds: Iterable<string> & object, message: MessageInput<T>, options?: SendOptions): Promise<RecipientResult[]>

  /**
   * Sends a message to every connected peer with one of several roles. Otherwise as {@link Client.sendToPeers}.
   * @param roomId - the id of the active room
   * @param roles - an array or another iterable of names, as the users of {@link Client.sendToUsers}
   * @param message - text, an object or array to send as JSON, or what `chat`, `event` or `reaction` returns
   * @param options - the type, a signal, what counts instead of the client's options
   * @returns what became of the message, role by role, in their order
   * @throws {@link RoomcastError} by rejection, if it was sent to nobody
   */
  sendToRoles<T extends object = {}>(roomId: string, roles: Iterable<string> & object, message: MessageInput<T>, options?: SendOptions): Promise<RecipientResult[]>

  /**
   * Sends any number of messages, to any rooms and recipients, in a bounded amount of memory. Returns the results, as an async
   * iterator.
   *
   * An item is taken when it can be sent: at most `maxInFlight` are in flight, and as many results wait for the loop. An item
   * that cannot be sent stops no other. Its time counts from its first attempt. After a 429 all sends of the client pause, once.
   * @param items - objects, from an array, a generator, an async generator, an object stream, or any other iterable or async
   * iterable. What it throws, the iteration throws, after the results of what is in flight
   * @param options - the rate, how many in flight, a function for the progress, a signal
   * @returns the results: see {@link SendMany}
   * @throws {@link RoomcastError} of kind `invalid_request`, immediately: `items` is not iterable, or an option is wrong. No other
   * method throws synchronously
   * @example
   * const again = []
   * for await (const { item, error, outcome } of client.sendMany(items, { rate: 50 })) {
   *   if (outcome === 'not_sent') again.push(item)
   *   else if (error) log.error(error)
   * }
   */
  sendMany<T extends SendItem>(items: Iterable<ItemInput<T> | PromiseLike<ItemInput<T>>> | AsyncIterable<ItemInput<T>>, options?: SendManyOptions): SendMany<T>

  /**
   * Lists the peers of a room: all of them, those of a user, those with a role, or those that match both. A user has one peer
   * for each device or tab that they joined with, and another one each time they join.
   *
   * A query changes nothing on the server. So unlike a send it is retried even if it is unknown whether the server has
   * processed it. A response has at most 16 MiB.
   * @param roomId - the id of the active room
   * @param options - which peers, a signal, what counts instead of the client's options
   * @returns the peers, in the order of their ids; empty if no peer in the room matches
   * @throws {@link RoomcastError} by rejection: `not_found` if nobody is in the room; `protocol` also if the response does
   * not hold what was queried, or is too large
   */
  listPeers(roomId: string, options?: ListPeersOptions): Promise<Peer[]>

  /**
   * Gets a room that somebody is in: its session, and the ids of its peers. Otherwise as {@link Client.listPeers}.
   * @param roomId - the id of the active room
   * @param options - a signal, what counts instead of the client's options
   * @returns the room
   * @throws {@link RoomcastError} by rejection, as {@link Client.listPeers}
   */
  getRoom(roomId: string, options?: QueryOptions): Promise<Room>

  /**
   * Returns what the client is doing, in numbers. It costs microseconds.
   * @returns how many operations are in flight and queued, and how those before have ended
   */
  stats(): Stats

  /**
   * Closes the client, and waits until its operations have ended: those in flight and those that are queued. At the end of
   * `timeoutMs` those that are left are cancelled: each rejects with `cancelled`, and its outcome is `not_sent` if it never left, else
   * `unknown`. So every call has its result. Further operations reject with `configuration` and `not_sent`, from the call on.
   * @param options - how long it may take
   * @returns whether all operations ended by themselves. Resolves after their promises have settled
   * @throws {@link RoomcastError} by rejection: `invalid_request` if an option is wrong, and the client is not closed then;
   * `connection` if the system cannot start a thread
   * @example
   * process.once('SIGTERM', async () => {
   *   server.close()
   *   await client.drain({ timeoutMs: 5000 })
   *   process.exit()
   * })
   */
  drain(options?: DrainOptions): Promise<boolean>

  /**
   * Closes the client. Further operations reject with `configuration` and `not_sent`; those in flight or queued are
   * completed. Closing twice has no effect.
   */
  close(): void

  /**
   * Drains the client, within its own `timeoutMs`: `await using client = new Client()`. See {@link Client.drain}.
   * @returns a promise that never rejects; each operation's own promise has its result
   */
  [Symbol.asyncDispose](): Promise<void>
}
