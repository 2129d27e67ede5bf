'use strict'

const { refuseExtraArguments, readOptions, wrongArgument } = require('./arguments.js')
const { content, isMessage, tokensOf, tokensOfMessage } = require('./json.js')

// The forms in which src/message.rs takes a message.
const [VALUE, JSON_TOKENS, FORMAT] = [0, 1, 2]

/** A message in a format of 100ms's clients. Documented in `types/messages.d.ts`. */
class Message {
  #content

  /** `fields` have the core's names, `options` those that the caller wrote; both are `[name, value, …]`. */
  constructor(format, fields, options = []) {
    this.format = format
    this.#content = [format, fields, options]
    Object.freeze(this)
  }

  get [content]() {
    return this.#content
  }

  // Without what it says: that belongs in no log.
  toJSON() {
    return { format: this.format }
  }

  [Symbol.for('nodejs.util.inspect.custom')]() {
    return `Message { format: '${this.format}' }`
  }
}

function chat(text, ...extra) {
  refuseExtraArguments(extra, 1, chatCallee)
  return new Message('chat', ['message', text])
}

function event(name, payload, ...extra) {
  refuseExtraArguments(extra, 2, eventCallee)
  // Read now: what happens to the payload afterwards changes nothing.
  const tokens = reading('payload', payload, eventCallee, tokensOf)
  return new Message('event', tokens === undefined ? ['name', name] : ['name', name, 'payload', tokens])
}

function reaction(emojiId, options, ...extra) {
  refuseExtraArguments(extra, 2, reactionCallee)
  const given = options === undefined ? [] : readOptions(options, ['senderId'], reactionCallee)
  return new Message('reaction', ['emoji_id', emojiId], given)
}

/** Returns `[form, value]` for the native addon. `message` is an object. */
function passMessage(message, callee) {
  return reading('message', message, callee, readMessage)
}

/** As `passMessage`, but throws what reading the message throws. */
function readMessage(message) {
  if (isMessage(message)) return [FORMAT, message[content]]
  const tokens = tokensOfMessage(message)
  return tokens === undefined ? [VALUE, undefined] : [JSON_TOKENS, tokens]
}

/** Calls a function that reads a value; the value may have getters and a `toJSON`, which may throw. */
function reading(name, value, callee, read) {
  try {
    return read(value)
  } catch (cause) {
    throw wrongArgument(name, value, 'what can be read', callee, cause)
  }
}

const [chatCallee, eventCallee, reactionCallee] = [chat, event, reaction].map((f) => ({ function: f, isConfiguration: false }))

module.exports = { chat, event, passMessage, reaction, readMessage }
