// Programs as children, and places for them.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { patient } from './server.mjs'

export const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)))

/** A child that hangs is ended, and fails its test. */
const HANG = 250_000

/** An empty directory for a test. */
export function emptyDirectory(test) {
  const directory = mkdtempSync(join(tmpdir(), 'roomcast-'))
  test.after(() => rmSync(directory, { recursive: true }))
  return directory
}

/**
 * Runs a program to its end, which must be as expected, and gives what it printed.
 * @param {object} [options]
 * @param {number | string} [options.end] the exit code or the name of the signal that is to end it
 * @param {(child: import('node:child_process').ChildProcess) => void} [options.meanwhile] called with the child
 */
export function run(command, parameters, { cwd, env, end = 0, meanwhile } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd, env: { ...plain, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    const printed = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => (printed[name] += text))
    }
    // A child may be gone before it has read what it was told.
    child.stdin.on('error', () => {})
    const guard = setTimeout(() => child.kill('SIGKILL'), HANG)
    child.on('error', reject).on('close', (code, killedBy) => {
      clearTimeout(guard)
      const ended = killedBy ?? code
      if (ended === end) resolve(printed.stdout)
      else reject(new Error(`${command} ended with ${ended}\n${printed.stdout}${printed.stderr}`))
    })
    meanwhile?.(child)
  })
}

/** Runs Node. */
export const node = (parameters, options) => run(process.execPath, parameters, options)

/** Runs npm, which needs no network for what it is asked here. */
export const npm = (parameters, options) => {
  const program = process.env.npm_execpath
  return program === undefined ? run('npm', parameters, options) : node([program, ...parameters], options)
}

/** Runs a CommonJS program that has `Client`, the `options` of one for `baseUrl`, and a `client`. */
export const runWithClient = (program, baseUrl, options) => node(['--eval', withClient(program, baseUrl)], options)

const withClient = (program, baseUrl) => `
  const { Client } = require(${JSON.stringify(packageDirectory)})
  const options = ${JSON.stringify({ ...patient, baseUrl })}
  const client = new Client(options)
  ${program}`

// What npm tells the programs that it runs would speak to an npm run by them; and roomcast is to find nothing.
const plain = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|HMS_|NODE_TEST_CONTEXT|(HTTPS|NO)_PROXY$)/i.test(name))
)
