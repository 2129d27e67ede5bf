'use strict'
// Reads a value as JSON.stringify does, for the core to encode. What JSON cannot express is an error, where JSON.stringify
// would omit or replace it: that would change the message unnoticed.
//
// The tokens, which src/message.rs reads: z t f [ ] { }  n1.5;  s5;hello (text)  k5;hello (a member's name)  l (too long)
// u3;Map (not JSON). The core makes the errors, so nothing more is read after a token that it refuses.

const { MAX_LENGTH, MAX_NESTING } = require('./native.js')

/** A property of every `Message`: what it says. Shared by all copies of this package. */
const content = Symbol.for('roomcast.Message')

/** Tokens are at most four times as long as the JSON. */
const ENOUGH = 8 * MAX_LENGTH

/** Whether it is a `Message`. It has a `toJSON`, but that hides what it says, so it is not JSON. */
function isMessage(value) {
  return value[content] !== undefined
}

/** As `tokensOf`, of a plain object or an array; nothing else is a message, whatever its `toJSON` returns. */
function tokensOfMessage(message) {
  if (Array.isArray(message) || isPlain(message)) return tokensOf(message)
  return new Tokens(message).text
}

/** Returns the value's tokens; undefined if it has none, as what `toJSON` returns may be. Throws what its getters throw. */
function tokensOf(value) {
  const resolved = resolve(value, '')
  if (resolved === undefined) return undefined
  return new Tokens(resolved).text
}

/** The value that stands for another one. */
function resolve(value, name) {
  if ((typeof value === 'object' && value !== null) || typeof value === 'bigint') {
    const { toJSON } = value
    if (typeof toJSON === 'function' && !isMessage(value)) return toJSON.call(value, name)
  }
  return value
}

class Tokens {
  text = ''

  constructor(value) {
    this.add(value, 0)
  }

  /** Adds a value. Returns whether more is wanted. */
  add(value, depth) {
    switch (typeof value) {
      case 'string':
        return this.#addText('s', value)
      case 'number':
        this.text += `n${value};`
        return true
      case 'boolean':
        this.text += value ? 't' : 'f'
        return true
      case 'object':
        if (value !== null) return this.#addObject(value, depth + 1)
        this.text += 'z'
        return true
      default:
        return this.#addUnsupported(typeof value)
    }
  }

  #addText(kind, text) {
    if (text.length > MAX_LENGTH) {
      // Not copied: that would block the event loop.
      this.text += 'l'
      return false
    }
    this.text += `${kind}${text.length};${text}`
    return this.text.length < ENOUGH
  }

  #addUnsupported(type) {
    this.text += `u${type.length};${type}`
    return false
  }

  #addObject(value, depth) {
    const isArray = Array.isArray(value)
    if (!isArray && !isPlain(value)) return this.#addUnsupported(className(value))
    this.text += isArray ? '[' : '{'
    if (depth > MAX_NESTING) return false
    if (!(isArray ? this.#addItems(value, depth) : this.#addMembers(value, depth))) return false
    this.text += isArray ? ']' : '}'
    return true
  }

  #addItems(list, depth) {
    for (let i = 0; i < list.length; i++) {
      const item = resolve(list[i], String(i))
      if (!this.add(item === undefined ? null : item, depth) || this.text.length > ENOUGH) return false
    }
    return true
  }

  #addMembers(object, depth) {
    for (const name of Object.keys(object)) {
      const member = resolve(object[name], name)
      if (member !== undefined && !(this.#addText('k', name) && this.add(member, depth))) return false
    }
    return true
  }
}

/** Whether it is an object without a class: of this realm, of another one, or without a prototype. */
function isPlain(value) {
  if (isMessage(value)) return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function className(value) {
  const name = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'object'
}

module.exports = { content, isMessage, tokensOf, tokensOfMessage }
