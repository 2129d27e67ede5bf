// The type declarations compile, and reject invalid programs: see types/.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('the types compile', () => {
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  const project = fileURLToPath(new URL('types', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '--project', project], { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
})

test('every public declaration is documented', () => {
  const directory = new URL('../types/', import.meta.url)
  const lines = readdirSync(directory).flatMap((name) => readFileSync(new URL(name, directory), 'utf8').split('\n'))
  const isPublic = (line) => /^(export | {2}(readonly )?(\w+|\[Symbol\.\w+\])\??[:(])/.test(line)
  const undocumented = lines.filter((line, i) => isPublic(line) && !lines[i - 1].endsWith('*/'))
  assert.deepEqual(undocumented, [])
  assert.ok(lines.filter(isPublic).length > 40)
})

test('every file of declarations is part of the index', () => {
  const index = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8')
  const exported = Array.from(index.matchAll(/^export \* from '\.\/types\/(\w+)\.js'$/gm), ([, name]) => `${name}.d.ts`)
  assert.deepEqual(exported.sort(), readdirSync(new URL('../types/', import.meta.url)).sort())
})
