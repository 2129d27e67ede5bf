'use strict'
// Reads an options object, for the core to check. Every property counts, own or inherited, and is read once.

const { isProxy } = require('node:util').types

/** Inherited by every object, so never an option. */
const objectPrototypeKeys = new Set(Reflect.ownKeys(Object.prototype))

/**
 * @param {object} options
 * @param {readonly string[]} known names to look up even if the object does not list them, as a proxy may not
 * @returns {unknown[]} `[name, value, …]`; the name of a symbol is its description
 */
function readPairs(options, known) {
  const pairs = []
  for (const key of Reflect.ownKeys(options)) pairs.push(typeof key === 'string' ? key : String(key), options[key])
  const addInherited = (key) => {
    if (!hasName(pairs, String(key))) pairs.push(String(key), options[key])
  }
  const prototype = Object.getPrototypeOf(options)
  let ancestor = prototype
  for (; ancestor !== null; ancestor = Object.getPrototypeOf(ancestor)) {
    if (ancestor === Object.prototype) {
      // The usual case, and fast: it has enumerable keys only if a program added some.
      for (const key in ancestor) addInherited(key)
    } else {
      for (const key of Reflect.ownKeys(ancestor)) if (!objectPrototypeKeys.has(key)) addInherited(key)
    }
  }
  if (listsAll(options, prototype)) return pairs
  for (const name of known) {
    if (hasName(pairs, name)) continue
    const value = options[name]
    if (value !== undefined || name in options) pairs.push(name, value)
  }
  return pairs
}

/** Whether the keys of an object, and the enumerable ones that it inherits, are all that count: the usual case. */
function listsAll(options, prototype) {
  if ((prototype !== Object.prototype && prototype !== null) || isProxy(options)) return false
  // A program may have added keys that are not enumerable; a recipient is never ignored.
  return !('peerId' in Object.prototype || 'role' in Object.prototype || 'userId' in Object.prototype)
}

function hasName(pairs, name) {
  return indexOfName(pairs, name) !== -1
}

/** The index of a name in `[name, value, …]`, or -1. */
function indexOfName(pairs, name) {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return i
  return -1
}

module.exports = { readPairs, indexOfName }
