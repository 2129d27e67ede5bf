'use strict'
// Finds the program `roomcast-sandbox`, and runs it.

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { accessSync, constants } = require('node:fs')
const { createRequire } = require('node:module')
const { delimiter, join } = require('node:path')

/** How long it may take to stop by itself, in milliseconds. */
const STOP_TIMEOUT_MS = 5000
/** How much of what it writes to stderr is kept, for errors. */
const KEPT = 4096

/** The path of the program: of the environment's variable, of the package, or on the PATH. */
function findProgram() {
  const { ROOMCAST_SANDBOX: named } = process.env
  if (named) return named
  const found = ofPackage() ?? onPath()
  if (found !== undefined) return found
  throw new Error(
    'roomcast-sandbox was not found. Install it with `npm install --save-dev roomcast-sandbox`, or set ROOMCAST_SANDBOX to the ' +
      'path of the program, or put it on the PATH.'
  )
}

/** Throws if the package is installed, but has no program for this platform. */
function ofPackage() {
  // Beside this package, or where the tests run, which may differ.
  const attempts = [() => require('roomcast-sandbox'), () => createRequire(join(process.cwd(), 'tests'))('roomcast-sandbox')]
  for (const attempt of attempts) {
    let sandbox
    try {
      sandbox = attempt()
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
      continue
    }
    return sandbox.program()
  }
}

function onPath() {
  const file = process.platform === 'win32' ? 'roomcast-sandbox.exe' : 'roomcast-sandbox'
  return (process.env.PATH ?? '').split(delimiter).filter(Boolean).map((directory) => join(directory, file)).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A sandbox that runs as a child of this process. It ends with this process, however that ends: its standard input does. */
class Program {
  #child
  #errors = ''
  #exited

  /** @param {string[]} parameters on its command line */
  constructor(program, parameters) {
    // Of this environment it would take the keys, which may be real ones.
    const environment = Object.entries(process.env).filter(([name]) => !/^HMS_/i.test(name))
    this.#child = spawn(program, ['--listen', '127.0.0.1:0', '--json', '--until-stdin-ends', ...parameters], {
      env: Object.fromEntries(environment),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true
    })
    // It may end first.
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors = (this.#errors + text).slice(-KEPT)))
    this.#exited = new Promise((resolve) => {
      // Not 'exit': its last words may come after that.
      this.#child.on('close', (code, signal) => resolve(`it ended with ${signal ?? code}`)).on('error', (error) => resolve(error.message))
    })
  }

  /** What it prints when it listens. From then on it does not keep this process alive. */
  async ready() {
    const line = await Promise.race([this.#firstLine(), this.#exited.then((why) => this.#fail(why))])
    const { stdin, stdout, stderr } = this.#child
    for (const handle of [this.#child, stdin, stdout, stderr]) handle.unref()
    stdout.resume()
    return JSON.parse(line)
  }

  #firstLine() {
    return new Promise((resolve) => {
      let text = ''
      this.#child.stdout.setEncoding('utf8').on('data', (more) => {
        text += more
        const end = text.indexOf('\n')
        if (end !== -1) resolve(text.slice(0, end))
      })
    })
  }

  #fail(why) {
    throw new Error(`roomcast-sandbox did not start: ${why}${this.#errors === '' ? '' : `: ${this.#errors.trim()}`}`)
  }

  async stop() {
    const child = this.#child
    child.ref()
    child.stdin.end()
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      // Not setTimeout, which a test may have replaced.
      await once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) }).catch(() => child.kill('SIGKILL'))
    }
  }
}

module.exports = { Program, findProgram }
