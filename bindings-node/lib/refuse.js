'use strict'
// Arguments that only JavaScript has: what the core cannot see for itself. The words are the core's.

const native = require('./native.js')
const { RoomcastError } = require('./error.js')
const { read, indexOf } = require('./options.js')

/** An error that says that an argument is of the wrong type. */
function wrong(name, value, wanted, caller, cause) {
  return RoomcastError.from(native.wrongArgument(name, value, wanted, caller.ofClient), caller.function, cause)
}

/** Refuses arguments beyond the last, in which a target might have been meant. */
function refuseMore(arguments_, last, caller) {
  if (arguments_.length > 0) throw wrong(`argument ${last + 1}`, arguments_[0], 'nothing', caller)
}

/** The options as `[name, value, …]`. */
function readOptions(options, known, caller) {
  if (options === null || typeof options !== 'object') throw wrong('options', options, 'an object', caller)
  try {
    return read(options, known)
  } catch (cause) {
    throw wrong('options', options, 'an object that can be read', caller, cause)
  }
}

/** Takes `signal` out of `[name, value, …]`. One that is undefined is none, as everywhere in Node. */
function takeSignal(pairs, caller) {
  const at = indexOf(pairs, 'signal')
  if (at === -1) return undefined
  const [, signal] = pairs.splice(at, 2)
  if (signal !== undefined && !isAbortSignal(signal)) throw wrong('signal', signal, 'an AbortSignal', caller)
  return signal
}

/** By what it can do, so that those of other realms and polyfills count. */
function isAbortSignal(signal) {
  try {
    const { aborted, addEventListener, removeEventListener } = signal
    return typeof aborted === 'boolean' && [addEventListener, removeEventListener].every((f) => typeof f === 'function')
  } catch {
    return false
  }
}

module.exports = { refuseMore, readOptions, takeSignal }
