// The same program in Node and in the other runtimes that npm has: Bun and Deno.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { target } from '../lib/target.js'
import { sent, serve } from './server.mjs'
import { emptyDirectory, packageDirectory, run } from './tools.mjs'


/** The program of a runtime, which its npm package for this kind of machine holds. */
function binary(path) {
  const found = join(packageDirectory, 'test/runtimes/node_modules', path)
  assert.ok(existsSync(found), `there is no ${found}: npm ci --prefix bindings-node/test/runtimes brings it`)
  return found
}

const runtimes = {
  node: () => [process.execPath],
  bun: () => [binary('@oven/bun-linux-x64/bin/bun'), 'run'],
  deno: () => [
    binary('@deno/linux-x64-glibc/deno'),
    ...['run', '--allow-all', '--no-prompt', '--cached-only']
  ]
}
const skip = target() !== 'linux-x64-gnu' && 'tried on Linux, x64, glibc'

for (const [name, command] of Object.entries(runtimes)) {
  test(`${name} sends, fails, aborts and ends`, { skip: name !== 'node' && skip }, async (t) => {
    const { baseUrl, requests } = await serve(t, (response) => {
      if (response.req.url.includes('failing')) response.writeHead(403).end()
      else if (!response.req.url.includes('silent')) sent(response)
    })
    const [program, ...flags] = command()
    const env = { DENO_DIR: emptyDirectory(t), DENO_NO_UPDATE_CHECK: '1', HOME: emptyDirectory(t) }
    const printed = await run(program, [...flags, join(packageDirectory, 'test/smoke.mjs'), baseUrl], { env })
    assert.deepEqual(printed.trim().split('\n'), [
      'sendResult {"message":"message sent","attempts":1}',
      'at once 300',
      'refused "invalid_request" "not_sent"',
      'answered true "permission_denied" "rejected" 403',
      'inspected true false',
      'one class true',
      'aborted "cancelled" "TimeoutError"',
      'aborted "enough"',
      'process.env true',
      'disposed 1'
    ])
    assert.ok(requests.length >= 303)
  })
}
