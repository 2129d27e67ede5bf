#!/usr/bin/env node
'use strict'
// Runs the program with the same arguments and streams, and ends as it ends.

const { spawn } = require('node:child_process')
const { program } = require('../index.js')

function start() {
  const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' })
  child.on('error', fail)
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name)
    if (signal === null) process.exitCode = code
    else process.kill(process.pid, signal)
  })
  // A terminal sends Ctrl-C to both. The program stops at the first, so that a second one does no harm.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of signals) process.on(name, () => child.kill(name))
}

function fail(error) {
  console.error(error.message)
  process.exitCode = 1
}

try {
  start()
} catch (error) {
  fail(error)
}
