// The packages roomcast-sandbox and roomcast-cli of a release: packed, installed in an empty directory, and used from there.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { emptyDirectory, node, npm, packageDirectory, run, sandboxProgram } from './tools.mjs'

const release = join(packageDirectory, '../release/launcher/npm/release.mjs')
const platform = `${process.platform}-${process.arch}`
const manifest = (directory) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
// The sandbox's own; the command line is not built for these tests, so a stand-in has its place. It ends as the first word says.
const standIn = '#!/bin/sh\necho "$@"\ncase "$1" in [0-9]) exit "$1" ;; TERM) kill -TERM $$ ;; esac\ncat\n'
const withoutExecve = 'delete process.execve\n'

/** Packs a program, and installs its packages in `app`. */
async function install(kind, program, { released, tarballs, app }) {
  await node([release, kind, released, `${platform}=${program}`])
  await npm(['pack', '--pack-destination', tarballs, join(released, platform), join(released, `roomcast-${kind}`)])
  writeFileSync(join(app, 'package.json'), '{}')
  const files = readdirSync(tarballs).map((name) => join(tarballs, name))
  await npm(['install', '--offline', '--no-audit', '--no-fund', '--cache', join(tarballs, 'cache'), ...files], { cwd: app })
}

for (const [kind, command] of Object.entries({ sandbox: 'roomcast-sandbox', cli: 'roomcast' })) {
  describe(`roomcast-${kind}, packed and installed with a stand-in`, () => {
    const [released, tarballs, app] = [0, 0, 0].map(() => emptyDirectory({ after }))
    const installed = (name) => join(app, 'node_modules', name)
    const older = join(released, 'older.cjs')

    before(async () => {
      writeFileSync(join(released, 'program'), standIn)
      writeFileSync(older, withoutExecve)
      await install(kind, join(released, 'program'), { released, tarballs, app })
    })

    test('the packages have the right files and manifests', () => {
      const main = manifest(installed(`roomcast-${kind}`))
      assert.deepEqual([main.private, main.scripts], [undefined, undefined])
      assert.deepEqual(main.optionalDependencies, { [`@roomcast/${kind}-${platform}`]: main.version })
      const own = installed(`@roomcast/${kind}-${platform}`)
      const { os, cpu, libc, version } = manifest(own)
      assert.deepEqual([os, cpu, libc, version], [[process.platform], [process.arch], undefined, main.version])
      const documents = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'package.json']
      assert.deepEqual(readdirSync(own).sort(), [...documents, 'THIRD-PARTY-LICENSES', command].sort())
      const files = [...documents, 'index.d.ts', 'index.js', 'run.js', 'sbom.cdx.json']
      assert.deepEqual(readdirSync(installed(`roomcast-${kind}`)).sort(), files.sort())
    })

    test('npx runs the program by the name of the package', async () => {
      const npx = ['exec', '--offline', `roomcast-${kind}`, '--']
      assert.equal(await npm([...npx, 'a b', '--json'], { cwd: app, onStart: (child) => child.stdin.end() }), 'a b --json\n')
      await npm([...npx, '3'], { cwd: app, exit: 3 })
    })

    test('each command has the program’s arguments, streams, exit code and signal', async () => {
      const commands = readdirSync(installed('.bin'))
      assert.deepEqual(commands.sort(), [...new Set([command, `roomcast-${kind}`])].sort())
      const onStart = (child) => child.stdin.end('in\n')
      for (const env of [{}, { NODE_OPTIONS: `--require=${older}` }]) {
        for (const name of commands) {
          const path = installed(`.bin/${name}`)
          assert.equal(await run(path, ['--json', 'a b'], { env, onStart }), '--json a b\nin\n')
          await run(path, ['3'], { env, exit: 3 })
          await run(path, ['TERM'], { env, exit: 'SIGTERM' })
        }
      }
    })
  })

  test(`roomcast-${kind} without a program says so`, async (t) => {
    const directory = emptyDirectory(t)
    await node([release, kind, '--main', directory, platform])
    const required = `require(${JSON.stringify(join(directory, `roomcast-${kind}`))}).program()`
    await assert.rejects(node(['--eval', required]), new RegExp(`Error: @roomcast/${kind}-${platform} is not installed beside roomcast-${kind}`))
    await node([release, kind, '--main', directory, 'win32-arm64'])
    await assert.rejects(node(['--eval', required]), new RegExp(`Error: roomcast-${kind} has no program for this platform .*cargo build`))
  })
}

describe('roomcast-sandbox, packed and installed', () => {
  const [released, tarballs, app] = [0, 0, 0].map(() => emptyDirectory({ after }))
  const command = join(app, 'node_modules/.bin/roomcast-sandbox')
  before(() => install('sandbox', process.env.ROOMCAST_SANDBOX ?? sandboxProgram, { released, tarballs, app }))

  test('it is the program', async () => {
    assert.match(await run(command, ['--version']), /^roomcast-sandbox \d/)
    await assert.rejects(run(command, ['--no-such-option']), /exited with 2\n[^]*--no-such-option/)
  })

  test('a signal stops the program', async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      const onStart = (child) => child.stdout.once('data', () => child.kill(signal))
      const printed = await run(command, ['--listen', '127.0.0.1:0'], { cwd: app, onStart })
      const [, url] = /listening on (http:\S+)/.exec(printed)
      await assert.rejects(fetch(url))
    }
  })

  test('roomcast/testing finds it where the tests run', async () => {
    const start = `require(${JSON.stringify(join(packageDirectory, 'testing.js'))}).startSandbox().then(async (sandbox) => {
      console.log(sandbox.url)
      await sandbox.stop()
    })`
    assert.match(await node(['--eval', start], { cwd: app, env: { PATH: '' } }), /^http:/)
  })
})

test('a platform or a program that there is not is refused', async (t) => {
  for (const name of ['linux-x64-gnu', 'amiga-68k', 'linux']) {
    await assert.rejects(node([release, 'cli', emptyDirectory(t), `${name}=${release}`]), /is not a platform such as/)
  }
  await assert.rejects(node([release, 'core', emptyDirectory(t), `${platform}=${release}`]), /exited with 2\nusage: /)
})
