'use strict'
// Finds the program of a package. The same in roomcast-sandbox and in roomcast-cli.

const { name: self, bin, optionalDependencies = {} } = require('./package.json')

// The program is static on Linux, so one package serves every C library.
const platform = `${process.platform}-${process.arch}`
// The first command has the program's name.
const file = Object.keys(bin)[0] + (process.platform === 'win32' ? '.exe' : '')

/** Documented in `index.d.ts`. */
function program() {
  const name = `@roomcast/${self.replace(/^roomcast-/, '')}-${platform}`
  try {
    return require.resolve(`${name}/${file}`)
  } catch (cause) {
    throw new Error(explain(name), { cause })
  }
}

function explain(name) {
  const released = Object.keys(optionalDependencies)
  if (!released.includes(name)) {
    const hint = self === 'roomcast-sandbox' ? ', and set ROOMCAST_SANDBOX to its path for roomcast/testing' : ''
    return (
      `${self} has no program for this platform (${platform}): there are ${released.join(', ') || 'none'}. ` +
      `Build it from source with \`cargo build --release -p ${self}\`${hint}.`
    )
  }
  return (
    `${name} is not installed beside ${self}. Reinstall ${self} on the machine that runs it; do not copy ` +
    'node_modules from another platform, and do not use --omit=optional.'
  )
}

module.exports = { program }
