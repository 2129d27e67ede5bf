// Lays out the packages of a release, one for each machine and `roomcast` itself, ready for `npm publish` in that order:
//   node scripts/release.mjs <empty directory> roomcast.<target>.node…
// `roomcast` then depends, optionally, on exactly the machines whose native files were given; npm installs the one that
// fits. <target> is as napi-rs names it, e.g. linux-x64-gnu, linux-arm64-musl, darwin-arm64, win32-x64-msvc.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)))
const licences = ['LICENSE-MIT', 'LICENSE-APACHE']

/** What npm is told of a target, so that it is installed where it runs. */
function machine(target) {
  const [os, cpu, abi, ...more] = target.split('-')
  const libc = { gnu: ['glibc'], musl: ['musl'] }[abi]
  const fits = { linux: libc !== undefined, win32: abi === 'msvc', darwin: abi === undefined }[os]
  if (!fits || !cpu || more.length > 0) throw new Error(`${target} is no target such as linux-x64-gnu`)
  return { os: [os], cpu: [cpu], ...(libc && { libc }) }
}

function layOut(place, manifest, contents) {
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  for (const licence of licences) cpSync(join(packageDirectory, '..', licence), join(place, licence))
  for (const [name, source] of contents) cpSync(source, join(place, name), { recursive: true })
}

const [destination, ...natives] = process.argv.slice(2)
if (natives.length === 0) {
  console.error('usage: node scripts/release.mjs <empty directory> roomcast.<target>.node…')
  process.exit(2)
}
const checkout = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8'))
const { version, license, homepage, repository, engines } = checkout
const optionalDependencies = {}
mkdirSync(destination, { recursive: true })
for (const native of natives) {
  const file = basename(native)
  const target = /^roomcast\.(.+)\.node$/.exec(file)?.[1] ?? file
  const part = {
    name: `@roomcast/${target}`,
    version,
    description: `The native half of roomcast for ${target}; installed by roomcast`,
    license,
    homepage,
    repository,
    main: file,
    files: [file, ...licences],
    engines,
    ...machine(target),
    publishConfig: { access: 'public' }
  }
  const place = join(destination, target)
  layOut(place, part, [[file, native]])
  writeFileSync(join(place, 'README.md'), `# ${part.name}\n\n${part.description}.\n`)
  optionalDependencies[part.name] = version
}
// A checkout is private, so that none is published with the native file of one machine.
const manifest = { ...checkout, optionalDependencies }
for (const name of ['private', 'scripts', 'devDependencies']) delete manifest[name]
manifest.files = [...checkout.files.filter((name) => !name.endsWith('.node')), ...licences]
const contents = manifest.files.filter((name) => !licences.includes(name))
layOut(
  join(destination, 'roomcast'),
  manifest,
  [...contents, 'README.md'].map((name) => [name, join(packageDirectory, name)])
)
