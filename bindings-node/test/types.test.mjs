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
  const lines = declarations('../types/', '../types/testing/').flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  const isPublic = (line) => /^(export | {2}(readonly )?(\w+|\[Symbol\.\w+\])\??[:(])/.test(line)
  const undocumented = lines.filter((line, i) => isPublic(line) && !lines[i - 1].endsWith('*/'))
  assert.deepEqual(undocumented, [])
  assert.ok(lines.filter(isPublic).length > 40)
})

test('every file of declarations is part of an index', () => {
  for (const [index, directory] of [['index', 'types'], ['testing', 'types/testing']]) {
    const text = readFileSync(new URL(`../${index}.d.ts`, import.meta.url), 'utf8')
    const exported = Array.from(text.matchAll(/^export \* from '\.\/(.+)\.js'$/gm), ([, name]) => new URL(`../${name}.d.ts`, import.meta.url).href)
    assert.deepEqual(exported.sort(), declarations(`../${directory}/`).map(({ href }) => href).sort())
  }
})

function declarations(...directories) {
  const inside = (directory) => readdirSync(directory).filter((name) => name.endsWith('.d.ts')).map((name) => new URL(name, directory))
  return directories.flatMap((directory) => inside(new URL(directory, import.meta.url)))
}
