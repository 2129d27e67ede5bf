'use strict'
// Checks the arguments that exist in JavaScript only, which the core does not see. The error texts are the core's.
//
// `callee` is the function or constructor that was called: `{ function, isConfiguration }`. Stack traces begin at its
// caller; `isConfiguration` makes its errors `configuration` errors.

const native = require('./native.js')
const { RoomcastError } = require('./error.js')
const { readPairs, indexOfName } = require('./options.js')

/** An error for an argument of the wrong type. */
function wrongArgument(name, value, wanted, callee, cause) {
  const error = native.wrongArgument(name, value, wanted, callee.isConfiguration)
  return RoomcastError.from(error, callee.function, cause)
}

/** Refuses arguments after the last parameter: one of them may have been meant as a recipient. */
function refuseExtraArguments(extra, parameterCount, callee) {
  if (extra.length > 0) throw wrongArgument(`argument ${parameterCount + 1}`, extra[0], 'nothing', callee)
}

/** Returns the options as `[name, value, …]`. */
function readOptions(options, known, callee) {
  if (options === null || typeof options !== 'object') throw wrongArgument('options', options, 'an object', callee)
  try {
    return readPairs(options, known)
  } catch (cause) {
    throw wrongArgument('options', options, 'an object that can be read', callee, cause)
  }
}

/** Removes an option from `[name, value, …]` and returns its value. `undefined` counts as omitted, as in Node's own functions. */
function extract(pairs, name) {
  const index = indexOfName(pairs, name)
  return index === -1 ? undefined : pairs.splice(index, 2)[1]
}

/** Removes `signal` from `[name, value, …]` and returns it. */
function extractSignal(pairs, callee) {
  const signal = extract(pairs, 'signal')
  if (signal !== undefined && !isAbortSignal(signal)) throw unusableSignal(signal, callee)
  return signal
}

/** Removes an option that is a function from `[name, value, …]` and returns it. */
function extractFunction(pairs, name, callee) {
  const value = extract(pairs, name)
  if (value !== undefined && typeof value !== 'function') throw wrongArgument(name, value, 'a function', callee)
  return value
}

/**
 * Returns the values of an iterable as an array, for the native addon, which takes no other. Anything else, as text or an object
 * that stands for text, is returned as it is: the core refuses it.
 */
function readList(name, value, callee) {
  if (typeof value !== 'object' || value === null || value instanceof String) return value
  try {
    return typeof value[Symbol.iterator] === 'function' ? [...value] : value
  } catch (cause) {
    throw wrongArgument(name, value, 'a list that can be read', callee, cause)
  }
}

/** Refuses what `for await` cannot iterate, and text: its letters are no items. */
function checkItems(items, callee) {
  let cause
  try {
    if (typeof (items[Symbol.asyncIterator] ?? items[Symbol.iterator]) === 'function' && Object(items) === items) return
  } catch (error) {
    if (Object(items) === items) cause = error
  }
  throw wrongArgument('items', items, 'an iterable or async iterable of objects', callee, cause)
}

/** The error for a value that is not a signal, or for a signal that threw `cause`. */
function unusableSignal(signal, callee, cause) {
  return wrongArgument('signal', signal, 'an AbortSignal', callee, cause)
}

/** Duck-typed, so that signals of other realms and polyfills are accepted. */
function isAbortSignal(signal) {
  try {
    const { aborted, addEventListener, removeEventListener } = signal
    return typeof aborted === 'boolean' && [addEventListener, removeEventListener].every((f) => typeof f === 'function')
  } catch {
    return false
  }
}

module.exports = {
  checkItems,
  extractFunction,
  extractSignal,
  readList,
  readOptions,
  refuseExtraArguments,
  unusableSignal,
  wrongArgument
}
