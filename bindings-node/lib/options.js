'use strict'
// What an options object says, for the core to judge. Whatever way a property got into it, it is told, and read once.

/** What every object inherits is nobody's option. */
const everyones = new Set(Reflect.ownKeys(Object.prototype))

/**
 * @param {object} options
 * @param {readonly string[]} known names to ask for even if the object does not list them, as a proxy may not
 * @returns {unknown[]} `[name, value, …]`; the name of a symbol is its description
 */
function read(options, known) {
  const pairs = []
  for (const key of Reflect.ownKeys(options)) pairs.push(String(key), options[key])
  const addInherited = (key) => {
    if (!has(pairs, String(key))) pairs.push(String(key), options[key])
  }
  let ancestor = Object.getPrototypeOf(options)
  for (; ancestor !== null; ancestor = Object.getPrototypeOf(ancestor)) {
    if (ancestor === Object.prototype) {
      // The usual end, and a quick one: nothing, unless somebody put something there.
      for (const key in ancestor) addInherited(key)
    } else {
      for (const key of Reflect.ownKeys(ancestor)) if (!everyones.has(key)) addInherited(key)
    }
  }
  for (const name of known) {
    if (has(pairs, name)) continue
    const value = options[name]
    if (value !== undefined || name in options) pairs.push(name, value)
  }
  return pairs
}

function has(pairs, name) {
  return indexOf(pairs, name) !== -1
}

/** Where a name is in `[name, value, …]`, or -1. */
function indexOf(pairs, name) {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return i
  return -1
}

module.exports = { read, indexOf }
