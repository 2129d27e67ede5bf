// The packages of a release: packed, installed in an empty directory and used from there. And the loader's errors.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { target } from '../lib/target.js'
import { credentials, serve } from './server.mjs'
import { emptyDirectory, node, npm, packageDirectory, run } from './tools.mjs'

const native = `roomcast.${target()}.node`
const tool = (path) => join(packageDirectory, 'node_modules', path)

/** Writes the packages of a release. */
async function release(directory, natives = [join(packageDirectory, native)]) {
  await node([join(packageDirectory, 'scripts/release.mjs'), directory, ...natives])
}

const manifest = (directory) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))

describe('packed and installed', () => {
  const [released, tarballs, app] = [0, 0, 0].map(() => emptyDirectory({ after }))

  before(async () => {
    await release(released)
    await npm(['pack', '--pack-destination', tarballs, join(released, target()), join(released, 'roomcast')])
    writeFileSync(join(app, 'package.json'), '{}')
    const files = readdirSync(tarballs).map((name) => join(tarballs, name))
    await npm(['install', '--offline', '--no-audit', '--no-fund', '--cache', join(tarballs, 'cache'), ...files], { cwd: app })
  })

  const send = (how) => `
    await using client: Client = new Client()
    console.log((await client.broadcast('r', 'from ${how}')).message)
    const error = await client.sendMessage('r', 'hi', { peerId: '' }).catch((e: any) => e)
    if (!(error instanceof RoomcastError)) throw error
    console.log(error.outcome)`
  const untyped = (program) => program.replaceAll(/: (any|Client)/g, '').replace('await using', 'const')

  /** Runs a program in the app, and checks what it sends. */
  async function assertSends(t, how, file) {
    const { requests, baseUrl } = await serve(t)
    const env = { HMS_ACCESS_KEY: credentials.accessKey, HMS_SECRET: credentials.secret, HMS_BASE_URL: baseUrl }
    assert.equal(await node([file], { cwd: app, env }), 'message sent\nnot_sent\n')
    assert.deepEqual(requests.map(({ body }) => body.message), [`from ${how}`])
  }

  test('the packages have the right files and manifests', () => {
    const installed = join(app, 'node_modules')
    assert.deepEqual(readdirSync(installed).filter((name) => !name.startsWith('.')).sort(), ['@roomcast', 'roomcast'])
    const main = join(installed, 'roomcast')
    const addonPackage = join(installed, '@roomcast', target())
    assert.deepEqual(readdirSync(addonPackage).sort(), ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'THIRD-PARTY-LICENSES', 'package.json', native].sort())
    for (const name of ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'index.d.ts', 'types/client.d.ts']) assert.ok(existsSync(join(main, name)))
    assert.ok(!existsSync(join(main, native)))

    const { scripts, dependencies, devDependencies, private: isPrivate, optionalDependencies, version } = manifest(main)
    assert.deepEqual([scripts, dependencies, devDependencies, isPrivate], [undefined, undefined, undefined, undefined])
    assert.deepEqual(optionalDependencies, { [`@roomcast/${target()}`]: version })
    const { os, cpu, version: addonVersion } = manifest(addonPackage)
    assert.deepEqual([os, cpu, addonVersion], [[process.platform], [process.arch], version])
  })

  test('sends from an ES module', async (t) => {
    writeFileSync(join(app, 'esm.mjs'), `import { Client, RoomcastError } from 'roomcast'\n${untyped(send('esm'))}`)
    await assertSends(t, 'esm', 'esm.mjs')
  })

  test('sends from CommonJS', async (t) => {
    const program = `const { Client, RoomcastError } = require('roomcast')\n;(async () => {${untyped(send('cjs'))}\n})()`
    writeFileSync(join(app, 'cjs.cjs'), program)
    await assertSends(t, 'cjs', 'cjs.cjs')
  })

  test('import and require give the same error class', async () => {
    const program = `import { Client } from 'roomcast'
      import { createRequire } from 'node:module'
      const { RoomcastError } = createRequire(import.meta.url)('roomcast')
      try { new Client() } catch (error) { console.log(error instanceof RoomcastError, error.kind) }`
    writeFileSync(join(app, 'both.mjs'), program)
    assert.equal(await node(['both.mjs'], { cwd: app }), 'true configuration\n')
  })

  test('compiles with the installed types, and sends from TypeScript', async (t) => {
    const types = join(app, 'node_modules/@types')
    mkdirSync(types)
    for (const name of ['@types/node', 'undici-types']) symlinkSync(tool(name), join(app, 'node_modules', name))
    const imported = `import { Client, RoomcastError, type SendResult } from 'roomcast'`
    const unused = 'export type Result = SendResult'
    writeFileSync(join(app, 'typed.mts'), `${imported}\n${send('mts')}\n${unused}`)
    writeFileSync(join(app, 'typed.cts'), `${imported}\nasync function main() {${send('cts')}\n}\nmain()\n${unused}`)
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--skipLibCheck', 'false']
    await node([tool('typescript/bin/tsc'), ...flags, 'typed.mts', 'typed.cts'], { cwd: app })
    await assertSends(t, 'mts', 'typed.mjs')
    await assertSends(t, 'cts', 'typed.cjs')
    // With a bundler's module resolution.
    const bundled = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit']
    await node([tool('typescript/bin/tsc'), '--strict', '--target', 'es2022', '--types', 'node', ...bundled, 'typed.mts'], {
      cwd: app
    })
  })

  test('@arethetypeswrong/cli finds no problem', async () => {
    const [main] = readdirSync(tarballs).filter((name) => /^roomcast-\d/.test(name))
    const printed = await node([tool('@arethetypeswrong/cli/dist/index.js'), join(tarballs, main), '--format', 'json'])
    const { analysis } = JSON.parse(printed)
    assert.deepEqual(analysis.problems, [])
    assert.equal(analysis.types.kind, 'included')
    assert.deepEqual(Object.keys(analysis.entrypoints), ['.', './testing', './package.json'])
  })
})

test('each package names its platform', async (t) => {
  const files = ['linux-x64-gnu', 'linux-arm64-musl', 'darwin-arm64', 'win32-x64', 'linux-arm-gnueabihf'].map((name) => `roomcast.${name}.node`)
  const addons = emptyDirectory(t)
  for (const file of files) writeFileSync(join(addons, file), '')
  const directory = emptyDirectory(t)
  await release(directory, files.map((file) => join(addons, file)))
  const platform = (name) => {
    const { os, cpu, libc } = manifest(join(directory, name))
    return { os, cpu, libc }
  }
  assert.deepEqual(platform('linux-x64-gnu'), { os: ['linux'], cpu: ['x64'], libc: ['glibc'] })
  assert.deepEqual(platform('linux-arm64-musl'), { os: ['linux'], cpu: ['arm64'], libc: ['musl'] })
  assert.deepEqual(platform('darwin-arm64'), { os: ['darwin'], cpu: ['arm64'], libc: undefined })
  assert.deepEqual(platform('win32-x64'), { os: ['win32'], cpu: ['x64'], libc: undefined })
  assert.deepEqual(platform('linux-arm-gnueabihf'), { os: ['linux'], cpu: ['arm'], libc: ['glibc'] })
  assert.equal(Object.keys(manifest(join(directory, 'roomcast')).optionalDependencies).length, 5)
  for (const file of ['roomcast.node', 'roomcast.linux-x64.node', 'roomcast.amiga-68k.node', 'other.node']) {
    writeFileSync(join(addons, file), '')
    await assert.rejects(release(emptyDirectory(t), [join(addons, file)]), /is not a target such as/)
  }
})

describe('the loader', () => {
  /** A copy of the package without a native addon; as a release of the packages that are named. */
  function copy(t, released = []) {
    const directory = join(emptyDirectory(t), 'roomcast')
    for (const name of ['index.js', 'lib']) {
      cpSync(join(packageDirectory, name), join(directory, name), { recursive: true })
    }
    const { version, ...checkout } = manifest(packageDirectory)
    const optionalDependencies = Object.fromEntries(released.map((name) => [name, version]))
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...checkout, version, optionalDependencies }))
    return directory
  }

  /** Makes a package for this platform beside a copy of roomcast, with the addon's file if `contents` is given. */
  function addAddonPackage(directory, contents) {
    const addonPackage = join(directory, '..', 'node_modules', '@roomcast', target())
    mkdirSync(addonPackage, { recursive: true })
    writeFileSync(join(addonPackage, 'package.json'), JSON.stringify({ main: native }))
    if (contents !== undefined) writeFileSync(join(addonPackage, native), contents)
    return addonPackage
  }

  test('requires each package that is released by its literal name, so that tracers and bundlers find it', () => {
    const source = readFileSync(join(packageDirectory, 'lib/native.js'), 'utf8')
    const named = [...source.matchAll(/case '(.+)': return require\('@roomcast\/(.+)'\)$/gm)]
    for (const [, platform, required] of named) assert.equal(required, platform)
    const targets = JSON.parse(readFileSync(join(packageDirectory, '../release/targets.json'), 'utf8'))
    const released = new Set(targets.map(({ npm: name }) => name))
    assert.deepEqual(named.map(([, platform]) => platform), [...released].sort())
  })

  test('without a native addon the error names the platform, and says what to do', async (t) => {
    const directory = copy(t)
    await assert.rejects(node([directory]), ({ message }) => {
      assert.match(message, new RegExp(`no native addon .*\\(${process.platform} ${process.arch}[ )]`))
      if (process.platform === 'linux') assert.match(message, / (glibc|musl)\)/)
      assert.match(message, new RegExp(`: roomcast\\.${target()}\\.node was not found; @roomcast/${target()} was not found`))
      assert.doesNotMatch(message, /cause/)
      assert.match(message, /Reinstall roomcast on the machine .*do not use --omit=optional/)
      assert.match(message, /mark roomcast as external \(esbuild, rollup: external; webpack: externals; Next.js: serverExternalPackages\)/)
      return true
    })
  })

  test('the error for an addon that does not load has the cause', async (t) => {
    const directory = copy(t)
    writeFileSync(join(directory, native), 'not a library')
    await assert.rejects(node([directory]), /no native addon that loads .*: .*roomcast\.[^ ]*\.node: .*\[cause\]: Error: /s)
  })

  test('a package without its file, as a tracer or a copy may leave it, is not reported as missing', async (t) => {
    const directory = copy(t)
    addAddonPackage(directory)
    await assert.rejects(node([directory]), ({ message }) => {
      assert.match(message, new RegExp(`: Cannot find module '/.*/${native}'\\. Please verify .*; ${native} was not found\\. `))
      assert.match(message, /\[cause\]: Error: Cannot find module/)
      return true
    })
  })

  test('what the system’s loader says is in the text and is the cause', { skip: process.platform !== 'linux' && 'each system has its own words' }, async (t) => {
    const directory = copy(t, [`@roomcast/${target()}`])
    // Refused for a reason of its own, as a library for a newer C library is.
    const source = join(directory, 'needs.c')
    writeFileSync(source, 'void not_there(void);\nvoid *address = (void *)not_there;\n')
    const addonPackage = addAddonPackage(directory)
    await run('cc', ['-shared', '-fPIC', '-o', join(addonPackage, native), source])
    await assert.rejects(node([directory]), ({ message }) => {
      assert.match(message, /no native addon that loads .*: \/.*\.node: undefined symbol: not_there; .* was not found\. /)
      assert.match(message, /\[cause\]: Error: \/.*undefined symbol: not_there.*code: 'ERR_DLOPEN_FAILED'/s)
      return true
    })
  })

  test('on a platform without a package, one sentence says which there are and what to do', async (t) => {
    const directory = copy(t, ['@roomcast/linux-x64-gnu', '@roomcast/win32-x64'])
    const program = `Object.defineProperty(process, 'platform', { value: 'sunos' }); Object.defineProperty(process, 'arch', { value: 'sparc' })
      try { require(${JSON.stringify(directory)}) } catch (error) { console.log(error.message) }`
    assert.equal(
      await node(['--eval', program]),
      'roomcast has no package for this platform (sunos sparc): there are @roomcast/linux-x64-gnu, @roomcast/win32-x64; ' +
        'elsewhere build it from source, see “From a checkout” in the README.\n'
    )
    // An addon that was built from source, and does not load, is not passed over.
    writeFileSync(join(directory, 'roomcast.sunos-sparc.node'), 'not a library')
    assert.match(await node(['--eval', program]), /no native addon that loads .*\(sunos sparc\): .*roomcast\.sunos-sparc\.node: /)
  })

  test('an addon of another version is not used', async (t) => {
    const directory = copy(t)
    cpSync(join(packageDirectory, native), join(directory, native))
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest(directory), version: '9.9.9' }))
    await assert.rejects(node([directory]), /roomcast\.[^ ]*\.node has version \d+\.\d+\.\d+, but roomcast has 9\.9\.9/)
  })

  test('the addon in the package’s directory is tried first, then the package for the platform', async (t) => {
    const directory = copy(t)
    const addonPackage = addAddonPackage(directory, 'not a library')
    cpSync(join(packageDirectory, native), join(directory, native))
    await node([directory])
    renameSync(join(directory, native), join(addonPackage, native))
    await node([directory])
  })
})

test('the declarations do not say that each send has a thread', () => {
  const declarations = readFileSync(join(packageDirectory, 'types/options.d.ts'), 'utf8')
  const builder = readFileSync(join(packageDirectory, '../core/src/client/builder.rs'), 'utf8')
  for (const text of [declarations, builder]) assert.doesNotMatch(text.replace(/\s[*/\s]*/g, ' '), /[Ee]ach (send )?has a thread/)
})
