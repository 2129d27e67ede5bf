// Writes the packages of a release, one for each platform and then `roomcast` itself, ready for `npm publish` in that order:
//   node scripts/release.mjs <empty directory> roomcast.<target>.node…
// The packages of the platforms whose native addons were given are the optional dependencies of `roomcast`; npm installs the
// one that fits. <target> is as in lib/target.js, e.g. linux-x64-gnu, linux-arm64-musl, darwin-arm64, win32-x64.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)))
const licences = ['LICENSE-MIT', 'LICENSE-APACHE']

/** The `os`, `cpu` and `libc` of package.json, by which npm selects the package for a platform. */
function platform(target) {
  const [os, cpu, abi, ...rest] = target.split('-')
  const libc = { gnu: ['glibc'], gnueabihf: ['glibc'], musl: ['musl'] }[abi]
  const fits = { linux: libc !== undefined, win32: abi === undefined, darwin: abi === undefined }[os]
  if (!fits || !cpu || rest.length > 0) throw new Error(`${target} is not a target such as linux-x64-gnu`)
  return { os: [os], cpu: [cpu], ...(libc && { libc }) }
}

function writePackage(directory, manifest, contents) {
  mkdirSync(directory)
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  for (const licence of licences) cpSync(join(packageDirectory, '..', licence), join(directory, licence))
  for (const [name, source] of contents) cpSync(source, join(directory, name), { recursive: true })
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
  const addonPackage = {
    name: `@roomcast/${target}`,
    version,
    description: `The native addon of roomcast for ${target}, installed by the package roomcast`,
    license,
    homepage,
    repository,
    main: file,
    files: [file, ...licences],
    engines,
    ...platform(target),
    publishConfig: { access: 'public' }
  }
  const directory = join(destination, target)
  writePackage(directory, addonPackage, [[file, native]])
  writeFileSync(join(directory, 'README.md'), `# ${addonPackage.name}\n\n${addonPackage.description}.\n`)
  optionalDependencies[addonPackage.name] = version
}
// The checkout's package is private, so that it is not published with the native addon of one platform.
const manifest = { ...checkout, optionalDependencies }
for (const name of ['private', 'scripts', 'devDependencies']) delete manifest[name]
manifest.files = [...checkout.files.filter((name) => !name.endsWith('.node')), ...licences]
const contents = manifest.files.filter((name) => !licences.includes(name))
writePackage(
  join(destination, 'roomcast'),
  manifest,
  [...contents, 'README.md'].map((name) => [name, join(packageDirectory, name)])
)
