'use strict'
// Finds the native half for this machine.

const { existsSync } = require('node:fs')
const { join } = require('node:path')

const { platform, arch } = process

/** Which C library this Node was built for, for the error text. */
function libc() {
  if (platform !== 'linux') return ''
  const { header } = process.report.getReport()
  return header.glibcVersionRuntime ? 'gnu' : 'musl'
}

function load() {
  // Asking which C library there is takes longer than trying: a file for the other one does not load.
  const suffixes = platform === 'linux' ? ['-gnu', '-musl'] : ['']
  const tried = []
  for (const suffix of suffixes) {
    const name = `roomcast.${platform}-${arch}${suffix}.node`
    const path = join(__dirname, '..', name)
    if (!existsSync(path)) {
      tried.push(new Error(`there is no ${name}`))
      continue
    }
    try {
      return require(path)
    } catch (error) {
      tried.push(error)
    }
  }
  const machine = [platform, arch, libc()].filter(Boolean).join(' ')
  const reasons = tried.map((error) => error.message).join('; ')
  throw new Error(
    `roomcast has no native file that loads on this machine (${machine}): ${reasons}. ` +
      'Install roomcast on the machine or in the image that runs it, without copying node_modules from another; ' +
      'if it was, there is no build for this machine yet, and building from source makes one.',
    { cause: tried.at(-1) }
  )
}

module.exports = load()
