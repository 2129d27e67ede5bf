'use strict'
// The names that napi-rs gives to the builds for each machine: `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`, …

/** Which C library this Node runs on: `glibc`, `musl`, or nothing where there is no choice. */
function libc() {
  if (process.platform !== 'linux') return ''
  // It takes milliseconds: only for errors, and for building.
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

/** The build for this machine. */
function target() {
  return targets()[libc() === 'musl' ? 1 : 0]
}

/** The builds that may be for this machine. Asking which C library there is takes longer than trying both. */
function targets() {
  const machine = `${process.platform}-${process.arch}`
  if (process.platform === 'linux') return [`${machine}-gnu`, `${machine}-musl`]
  return [process.platform === 'win32' ? `${machine}-msvc` : machine]
}

module.exports = { libc, target, targets }
