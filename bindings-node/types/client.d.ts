// The client.

import type { RoomcastError } from './errors.js'
import type { ClientOptions } from './options.js'
import type { ListPeersOptions, Peer, QueryOptions, Room } from './rooms.js'
import type { MessageInput } from './messages.js'
import type { SendMessageOptions, SendOptions, SendResult } from './sending.js'

/**
 * Sends messages into live 100ms rooms, and queries who is in them. Create one when your process starts, and share it.
 *
 * Operations never block the event loop nor libuv's thread pool. While operations are in flight they keep the process or the
 * worker thread alive; an idle client does not.
 *
 * Limits: `roomId` has 1 to 64 of `A-Z a-z 0-9 _ -`; `message` is not blank and has at most 1 MiB of UTF-8, as text or as
 * JSON. An argument that breaks a rule rejects with a {@link RoomcastError} of kind
 * `invalid_request` and outcome `not_sent`. The methods never throw synchronously.
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
