'use strict'
// Loads the native addon for this platform: from this package's directory, as in a checkout, or from the optional package
// that npm installs for the platform.

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
        tried.push(new Error(`${name} has version ${native.VERSION}, but roomcast has ${version}`))
      } catch (error) {
        tried.push(error.code === 'MODULE_NOT_FOUND' ? new Error(`${name} was not found`) : error)
      }
    }
  }
  const cause = tried.find((error) => error.code !== undefined)
  const platform = [process.platform, process.arch, libc()].filter(Boolean).join(' ')
  throw new Error(
    `roomcast found no native addon that loads on this platform (${platform}): ` +
      `${tried.map((error) => error.message).join('; ')}. ` +
      'Reinstall roomcast on the machine or in the image that runs it. Do not copy node_modules from another platform, and ' +
      'do not use --omit=optional. If package-lock.json was created on another platform and that does not help, delete it ' +
      'and node_modules first. If there is no package for this platform, build from source: see “From a checkout” in the README.',
    cause && { cause }
  )
}

module.exports = load()
