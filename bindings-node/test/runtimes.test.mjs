// Runs the same program in Node, Bun and Deno. The last two are installed from npm.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { target } from '../lib/target.js'
import { respondSent, serve } from './server.mjs'
import { emptyDirectory, packageDirectory, run } from './tools.mjs'

/** The program of a runtime, from its npm package for this platform. */
function binary(path) {
  const found = join(packageDirectory, 'test/runtimes/node_modules', path)
  assert.ok(existsSync(found), `${found} is missing: install it with npm ci --prefix bindings-node/test/runtimes`)
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
const skip = target() !== 'linux-x64-gnu' && 'tested on Linux, x64, glibc'

for (const [name, command] of Object.entries(runtimes)) {
  test(`${name} sends, fails, aborts and exits`, { skip: name !== 'node' && skip }, async (t) => {
    const { baseUrl, requests } = await serve(t, (response) => {
      if (response.req.url.includes('failing')) response.writeHead(403).end()
      else if (!response.req.url.includes('silent')) respondSent(response)
    })
    const [program, ...flags] = command()
    const env = { DENO_DIR: emptyDirectory(t), DENO_NO_UPDATE_CHECK: '1', HOME: emptyDirectory(t) }
    const printed = await run(program, [...flags, join(packageDirectory, 'test/smoke.mjs'), baseUrl], { env })
    assert.deepEqual(printed.trim().split('\n'), [
      'sendResult {"message":"message sent","attempts":1}',
      'concurrent 300',
      'refused "invalid_request" "not_sent"',
      'rejected true "permission_denied" "rejected" 403',
      'inspected true false',
      'same class true',
      'aborted "cancelled" "TimeoutError"',
      'aborted "enough"',
      'process.env true',
      'disposed 1'
    ])
    assert.ok(requests.length >= 303)
  })
}
