#!/usr/bin/env node
'use strict'
// Runs the program with the same arguments and streams, and ends as it ends. The same in roomcast-sandbox and in roomcast-cli.

const { spawn } = require('node:child_process')
const { accessSync, constants } = require('node:fs')
const { isatty } = require('node:tty')
const { program } = require('./index.js')

function start() {
  const path = program()
  const given = process.argv.slice(2)
  // This process becomes the program, from Node 22.15 on, so each signal reaches it once. If that fails, Node aborts.
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    accessSync(path, constants.X_OK)
    process.execve(path, [path, ...given], process.env)
  } else {
    startChild(path, given)
  }
}

function startChild(path, given) {
  // A terminal sends Ctrl-C to both. A second one would end a program that waits for what is in flight.
  const hasTerminal = [0, 1, 2].some(isatty)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  // Before the program starts, so that no signal ends only this process.
  for (const name of signals) {
    process.on(name, () => {
      // On Windows, which has no signals but a console's, this would kill it.
      if (process.platform !== 'win32' && !(hasTerminal && name === 'SIGINT')) child.kill(name)
    })
  }
  const child = spawn(path, given, { stdio: 'inherit' })
  child.on('error', fail)
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name)
    if (signal === null) process.exitCode = code
    else process.kill(process.pid, signal)
  })
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
