'use strict'
// Finds the native half for this machine: beside this package, as in a checkout, or in the optional package that npm
// installs for the machine.

const { libc, targets } = require('./target.js')
const { version } = require('../package.json')

function load() {
  const tried = []
  for (const target of targets()) {
    for (const [name, file] of [
      [`roomcast.${target}.node`, `../roomcast.${target}.node`],
      [`@roomcast/${target}`, `@roomcast/${target}`]
    ]) {
      try {
        const native = require(file)
        if (native.VERSION === version) return native
        tried.push(new Error(`${name} is of version ${native.VERSION}, roomcast of ${version}`))
      } catch (error) {
        tried.push(error.code === 'MODULE_NOT_FOUND' ? new Error(`there is no ${name}`) : error)
      }
    }
  }
  const machine = [process.platform, process.arch, libc()].filter(Boolean).join(' ')
  throw new Error(
    `roomcast has no native file that loads on this machine (${machine}): ` +
      `${tried.map((error) => error.message).join('; ')}. ` +
      'Install roomcast again on the machine or in the image that runs it, without copying node_modules from another, and ' +
      'without --omit=optional. If package-lock.json came from another machine and that does not help, delete it and ' +
      'node_modules first. If there is no package for this machine, build from source: see “From a checkout” in the README.',
    { cause: tried.find((error) => error.code !== undefined) }
  )
}

module.exports = load()
