'use strict'

const { optionalDependencies = {} } = require('./package.json')

// The program is static on Linux, so one package serves every C library.
const platform = `${process.platform}-${process.arch}`
const file = process.platform === 'win32' ? 'roomcast-sandbox.exe' : 'roomcast-sandbox'

/** Documented in `index.d.ts`. */
function program() {
  const name = `@roomcast/sandbox-${platform}`
  try {
    return require.resolve(`${name}/${file}`)
  } catch (cause) {
    throw new Error(explain(name), { cause })
  }
}

function explain(name) {
  const released = Object.keys(optionalDependencies)
  if (!released.includes(name)) {
    return (
      `roomcast-sandbox has no program for this platform (${platform}): there are ${released.join(', ') || 'none in a checkout'}. ` +
      'Build it from source with `cargo build --release -p roomcast-sandbox`, and set ROOMCAST_SANDBOX to its path for roomcast/testing.'
    )
  }
  return (
    `${name} is not installed beside roomcast-sandbox. Reinstall roomcast-sandbox on the machine that runs it; do not copy ` +
    'node_modules from another platform, and do not use --omit=optional.'
  )
}

module.exports = { program }
