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

/** Removes `signal` from `[name, value, …]` and returns it. `undefined` counts as omitted, as in Node's own functions. */
function extractSignal(pairs, callee) {
  const index = indexOfName(pairs, 'signal')
  if (index === -1) return undefined
  const [, signal] = pairs.splice(index, 2)
  if (signal !== undefined && !isAbortSignal(signal)) throw unusableSignal(signal, callee)
  return signal
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

module.exports = { refuseExtraArguments, readOptions, extractSignal, unusableSignal, wrongArgument }
