'use strict'
// Loads the native addon for this platform: from this package's directory, as in a checkout, or from the optional package
// that npm installs for the platform.
//
// If a bundler's error has led you here: an addon is a file of its own. Mark roomcast as external, as the README says under
// “Bundlers and deploys”: esbuild --external:roomcast; rollup external: ['roomcast']; webpack externals; Next.js
// serverExternalPackages: ['roomcast'].

const { libc, target, targets } = require('./target.js')
const { version, optionalDependencies = {} } = require('../package.json')

/** Requires the package for a platform; undefined if there is none. */
function requirePackage(platform) {
  // The names are literal, so that tracers and bundlers find the packages; and in a `try`, so that they accept that all but
  // one are missing.
  try {
    switch (platform) {
      case 'darwin-arm64': return require('@roomcast/darwin-arm64')
      case 'darwin-x64': return require('@roomcast/darwin-x64')
      case 'linux-arm-gnueabihf': return require('@roomcast/linux-arm-gnueabihf')
      case 'linux-arm64-gnu': return require('@roomcast/linux-arm64-gnu')
      case 'linux-arm64-musl': return require('@roomcast/linux-arm64-musl')
      case 'linux-x64-gnu': return require('@roomcast/linux-x64-gnu')
      case 'linux-x64-musl': return require('@roomcast/linux-x64-musl')
      case 'win32-x64': return require('@roomcast/win32-x64')
    }
  } catch (error) {
    // Not the same as a package without its file, whose error names that file.
    if (error.code !== 'MODULE_NOT_FOUND' || !error.message.includes(`'@roomcast/${platform}'`)) throw error
  }
}

/** Requires the addon in this package's directory; undefined if there is none. */
function requireFile(platform) {
  // A bundle that is an ES module has none.
  if (typeof __dirname !== 'string') return undefined
  try {
    return require(`${__dirname}/../roomcast.${platform}.node`)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
  }
}

function load() {
  const missing = []
  const failures = []
  for (const platform of targets()) {
    for (const [name, attempt] of [[`roomcast.${platform}.node`, requireFile], [`@roomcast/${platform}`, requirePackage]]) {
      try {
        const native = attempt(platform)
        if (native?.VERSION === version) return native
        if (native) failures.push(new Error(`${name} has version ${native.VERSION}, but roomcast has ${version}`))
        else missing.push(name)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  throw loadError(missing, failures)
}

function loadError(missing, failures) {
  const here = `this platform (${[process.platform, process.arch, libc()].filter(Boolean).join(' ')})`
  // The manifest of a release lists the packages; a checkout's does not.
  const released = Object.keys(optionalDependencies)
  if (failures.length === 0 && released.length > 0 && !released.includes(`@roomcast/${target()}`)) {
    return new Error(
      `roomcast has no package for ${here}: there are ${released.join(', ')}; ` +
        'elsewhere build it from source, see “From a checkout” in the README.'
    )
  }
  // The first line of a message: a list of the modules that required this one may follow it.
  const tried = failures.map((error) => String(error.message).split('\n', 1)[0])
  tried.push(...missing.filter((name) => name.includes(target())).map((name) => `${name} was not found`))
  return new Error(
    `roomcast found no native addon that loads on ${here}: ${tried.join('; ')}. ` +
      'If a bundler made this program, mark roomcast as external (esbuild, rollup: external; webpack: externals; Next.js: ' +
      'serverExternalPackages), and deploy node_modules/roomcast and node_modules/@roomcast with the bundle. Reinstall ' +
      'roomcast on the machine or in the image that runs it. Do not copy node_modules from another platform, and do not use ' +
      '--omit=optional. If package-lock.json was created on another platform and that does not help, delete it and ' +
      'node_modules first. If there is no package for this platform, build from source: see “From a checkout” in the README.',
    failures.length > 0 ? { cause: failures[0] } : {}
  )
}

module.exports = load()
