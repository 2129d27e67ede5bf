// The packages roomcast-sandbox of a release: packed, installed in an empty directory, and used from there.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { emptyDirectory, node, npm, packageDirectory, run, sandboxProgram } from './tools.mjs'

const program = process.env.ROOMCAST_SANDBOX ?? sandboxProgram
const release = join(packageDirectory, '../sandbox/npm/scripts/release.mjs')
const platform = `${process.platform}-${process.arch}`
const manifest = (directory) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))

describe('roomcast-sandbox, packed and installed', () => {
  const [released, tarballs, app] = [0, 0, 0].map(() => emptyDirectory({ after }))
  const installed = (name) => join(app, 'node_modules', name)

  before(async () => {
    await node([release, released, `${platform}=${program}`])
    await npm(['pack', '--pack-destination', tarballs, join(released, platform), join(released, 'roomcast-sandbox')])
    writeFileSync(join(app, 'package.json'), '{}')
    const files = readdirSync(tarballs).map((name) => join(tarballs, name))
    await npm(['install', '--offline', '--no-audit', '--no-fund', '--cache', join(tarballs, 'cache'), ...files], { cwd: app })
  })

  test('the packages have the right files and manifests', () => {
    const main = manifest(installed('roomcast-sandbox'))
    assert.deepEqual([main.private, main.scripts], [undefined, undefined])
    assert.deepEqual(main.optionalDependencies, { [`@roomcast/sandbox-${platform}`]: main.version })
    const own = installed(`@roomcast/sandbox-${platform}`)
    const { os, cpu, libc, version } = manifest(own)
    assert.deepEqual([os, cpu, libc, version], [[process.platform], [process.arch], undefined, main.version])
    assert.deepEqual(readdirSync(own).sort(), ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'THIRD-PARTY-LICENSES', 'package.json', 'roomcast-sandbox'])
    const files = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'bin', 'index.d.ts', 'index.js', 'package.json', 'sbom.cdx.json']
    assert.deepEqual(readdirSync(installed('roomcast-sandbox')).sort(), files)
  })

  test('npx runs the program, with its arguments, streams and exit code', async () => {
    const { version } = manifest(installed('roomcast-sandbox'))
    const npx = ['exec', '--offline', 'roomcast-sandbox', '--']
    assert.equal(await npm([...npx, '--version'], { cwd: app }), `roomcast-sandbox ${version}\n`)
    await assert.rejects(npm([...npx, '--no-such-option'], { cwd: app }), /exited with 2\n[^]*--no-such-option/)
  })

  test('a signal stops the program', async () => {
    const command = installed('.bin/roomcast-sandbox')
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

test('a checkout’s package has no program, and says so', async () => {
  const required = `require(${JSON.stringify(join(packageDirectory, '../sandbox/npm'))}).program()`
  await assert.rejects(node(['--eval', required]), /Error: roomcast-sandbox has no program for this platform/)
})

test('a platform that there is not is refused', async (t) => {
  for (const name of ['linux-x64-gnu', 'amiga-68k', 'linux']) {
    await assert.rejects(node([release, emptyDirectory(t), `${name}=${program}`]), /is not a platform such as/)
  }
})
