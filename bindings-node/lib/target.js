'use strict'
// The platform of this process, by the names that napi-rs gives to build targets: `linux-x64-gnu`, `darwin-arm64`, …; but
// `win32-x64`, since an addon loads whichever compiler built it.

/** The C library of this Node: `glibc` or `musl` on Linux, else the empty string. */
function libc() {
  if (process.platform !== 'linux') return ''
  // The report takes milliseconds, so this is called for errors and builds only.
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

/** The target of this platform. */
function target() {
  return targets()[libc() === 'musl' ? 1 : 0]
}

/** The targets that may fit this platform. Trying both is faster than detecting the C library. */
function targets() {
  const machine = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return [machine]
  const abi = process.arch === 'arm' ? 'eabihf' : ''
  return [`${machine}-gnu${abi}`, `${machine}-musl${abi}`]
}

module.exports = { libc, target, targets }
