// Runs programs as child processes, in temporary directories.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { target } from '../lib/target.js'
import { longTimeout } from './server.mjs'

export const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)))

/** What `make build` has built. */
export const sandboxProgram = join(packageDirectory, '../target/release/roomcast-sandbox')

/** After this many milliseconds a child is killed, and its test fails. */
const CHILD_TIMEOUT = 250_000

/** An empty directory for a test. */
export function emptyDirectory(test) {
  const directory = mkdtempSync(join(tmpdir(), 'roomcast-'))
  test.after(() => rmSync(directory, { recursive: true }))
  return directory
}

/** Copies the package, as it is installed, into a directory. Returns its path there. */
export function copyOfPackage(directory) {
  const copy = join(directory, 'roomcast')
  mkdirSync(copy)
  for (const name of ['package.json', 'index.js', 'lib', `roomcast.${target()}.node`]) {
    cpSync(join(packageDirectory, name), join(copy, name), { recursive: true })
  }
  return copy
}

/**
 * Runs a program until it exits, and returns what it printed. Rejects if it does not exit as expected.
 * @param {object} [options]
 * @param {number | string} [options.exit] the expected exit code, or the name of the signal that is expected to kill it
 * @param {(child: import('node:child_process').ChildProcess) => void} [options.onStart] called with the child
 */
export function run(command, parameters, { cwd, env, exit = 0, onStart } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd, env: { ...cleanEnvironment, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    const printed = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => (printed[name] += text))
    }
    // A child may exit before it has read its input.
    child.stdin.on('error', () => {})
    const timer = setTimeout(() => child.kill('SIGKILL'), CHILD_TIMEOUT)
    child.on('error', reject).on('close', (code, killedBy) => {
      clearTimeout(timer)
      const actual = killedBy ?? code
      if (actual === exit) resolve(printed.stdout)
      else reject(new Error(`${command} exited with ${actual}\n${printed.stdout}${printed.stderr}`))
    })
    onStart?.(child)
  })
}

/** Runs Node. */
export const node = (parameters, options) => run(process.execPath, parameters, options)

/** Runs npm. The commands used here need no network. */
export const npm = (parameters, options) => {
  const program = process.env.npm_execpath
  return program === undefined ? run('npm', parameters, options) : node([program, ...parameters], options)
}

/** Runs a CommonJS program in which `Client`, a client's `options` for `baseUrl`, and a `client` are defined. */
export const runWithClient = (program, baseUrl, options) => node(['--eval', withClient(program, baseUrl)], options)

const withClient = (program, baseUrl) => `
  const { Client } = require(${JSON.stringify(packageDirectory)})
  const options = ${JSON.stringify({ ...longTimeout, baseUrl })}
  const client = new Client(options)
  ${program}`

// npm's variables would configure an npm that a test runs, and HMS_ variables would configure roomcast.
const cleanEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|HMS_|ROOMCAST_|NODE_TEST_CONTEXT|(HTTPS|NO)_PROXY$)/i.test(name))
)
