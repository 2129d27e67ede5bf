// What a message says.

import type { RoomcastError } from './errors.js'

/**
 * A message in a format that 100ms's own clients understand, from {@link chat}, {@link event} or {@link reaction}: every send
 * takes it as its `message`. It is frozen. What it says is checked when it is sent; `util.inspect` and `JSON.stringify` hide it.
 */
export interface Message {
  /** The format. */
  readonly format: 'chat' | 'event' | 'reaction'
  /** For `JSON.stringify`. */
  toJSON(): { format: string }
}

/**
 * `T` if it can be sent as JSON, as far as types can tell; otherwise the member that cannot is `never`. Values that have
 * `toJSON` (a `Date`) can; a number that is not finite is found when it is sent.
 */
export type Json<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends Message | ((...given: never[]) => unknown)
    ? never
    : T extends { toJSON(...given: never[]): infer R }
      ? Json<R> extends never
        ? never
        : T
      : T extends bigint | symbol | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ArrayBufferView | Promise<unknown>
        ? never
        : T extends object
          ? { [K in keyof T]: K extends symbol ? T[K] : Json<T[K]> }
          : T

/**
 * What every send takes as its `message`:
 * - text, which is sent as given, never trimmed or normalised;
 * - a plain object or an array, which is sent as JSON text;
 * - a {@link Message}.
 *
 * Objects become the text that `JSON.stringify` returns: `toJSON()` is called, members that are `undefined` are omitted. But
 * what it would omit or replace unnoticed is an error that names the place: `NaN`, infinite numbers, functions, symbols,
 * `BigInt`, `Map`, `Set`, instances of classes without `toJSON`, text with a lone surrogate.
 */
export type MessageInput<T extends object> = string | Message | (T & Json<T>)

/**
 * A line in the chat, of type `chat`: the chat of 100ms's Prebuilt shows no others (`100mslive/web-sdks`, `ChatBody.tsx`).
 * @param text - the line: not blank, at most 1 MiB of UTF-8
 * @returns the message, for any send
 * @example
 * await client.broadcast(roomId, chat('class is off today'))
 */
export declare function chat(text: string): Message

/**
 * An event for `useCustomEvent` of 100ms's React SDK, which parses the payload as JSON (`100mslive/web-sdks`,
 * `useCustomEvent.ts`). The event's name is the message's type.
 * @param name - the event's name: not blank, at most 256 bytes of UTF-8, and not one that begins with `hms_`
 * @param payload - any value that JSON can express; read now. Omitted, it is an empty text, as one that the React SDK sends
 * @returns the message, for any send
 * @throws {@link RoomcastError} of kind `invalid_request` if reading the payload threw
 * @example
 * await client.sendToPeer(roomId, peerId, event('deal', { cards: ['A♠', 'K♠'] }))
 */
export declare function event<T>(name: string, payload?: T & Json<T>): Message

/**
 * A flying emoji in 100ms's Prebuilt (`100mslive/web-sdks`, `FlyingEmoji.jsx`).
 * @param emojiId - an id of emoji-mart, such as `+1`, `heart`, `clap`, `tada`
 * @param options - the peer whose reaction it is. Omitted, Prebuilt shows no name
 * @returns the message, for any send
 * @example
 * await client.sendToRole(roomId, 'viewer', reaction('tada'))
 */
export declare function reaction(emojiId: string, options?: { senderId?: string | undefined }): Message
