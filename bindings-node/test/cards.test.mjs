// examples/cards: its tests pass with Vitest, Jest and node:test, and fail if its cards are dealt to everyone.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { emptyDirectory, node, packageDirectory, sandboxProgram } from './tools.mjs'

const sample = join(packageDirectory, '../examples/cards/node')
const env = { ROOMCAST_SANDBOX: process.env.ROOMCAST_SANDBOX ?? sandboxProgram, CI: '1' }
const program = (path) => join(sample, 'node_modules', path)

/** Per runner: its command, and what it prints of the test that sees other people's cards. */
const RUNNERS = {
  vitest: [[program('vitest/vitest.mjs'), 'run'], /FAIL .*each player gets two cards/],
  jest: [['--experimental-vm-modules', '--no-warnings', program('jest/bin/jest.js')], /✕ each player gets two cards/],
  'node:test': [['--test', 'deal.node-test.js'], /^not ok \d+ - each player gets two cards/m]
}

/** A copy of the sample, for a test to change. */
function copy(t) {
  const directory = join(emptyDirectory(t), 'cards')
  cpSync(sample, directory, { recursive: true, filter: (source) => !source.includes('node_modules') })
  symlinkSync(join(sample, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

for (const [name, [command, failed]] of Object.entries(RUNNERS)) {
  describe(`with ${name}, the sample’s tests`, () => {
    test('pass', async (t) => {
      await node(command, { cwd: copy(t), env })
    })

    test('fail if it broadcasts the cards', async (t) => {
      const directory = copy(t)
      const app = join(directory, 'app.js')
      const dealt = readFileSync(app, 'utf8')
      const broadcast = dealt.replace('sendToPeer(roomId, peerId, ', 'broadcast(roomId, ')
      assert.notEqual(broadcast, dealt)
      writeFileSync(app, broadcast)
      await assert.rejects(node(command, { cwd: directory, env }), failed)
    })
  })
}

test('the sample has 30 lines', () => {
  assert.ok(readFileSync(join(sample, 'app.js'), 'utf8').trimEnd().split('\n').length <= 30)
})
