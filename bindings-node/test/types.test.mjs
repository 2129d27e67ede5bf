// The types compile, and refuse what they should: see types/.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('the types compile', () => {
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  const project = fileURLToPath(new URL('types', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '--project', project], { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
})
