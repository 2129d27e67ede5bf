// Writes the packages of a release, one for each platform and then `roomcast` itself, ready for `npm publish` in that order:
//   node scripts/release.mjs <empty directory> roomcast.<target>.node…
// The packages of the platforms whose native addons were given are the optional dependencies of `roomcast`; npm installs the
// one that fits. An SBOM beside an addon, roomcast.<target>.cdx.json, becomes part of its package. Or only `roomcast` itself,
// for packages that were built elsewhere:
//   node scripts/release.mjs --main <empty directory> <target>…
// <target> is a name such as linux-x64-gnu, linux-arm-gnueabihf, linux-arm64-musl, darwin-arm64, win32-x64: see lib/target.js.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageDirectory = dirname(dirname(fileURLToPath(import.meta.url)))
const licences = ['LICENSE-MIT', 'LICENSE-APACHE']
// Those of the crates in an addon.
const thirdParty = 'THIRD-PARTY-LICENSES'

/** The `os`, `cpu` and `libc` of package.json, by which npm selects the package for a platform. */
function platform(target) {
  const [os, cpu, abi, ...rest] = target.split('-')
  const libc = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl' }[abi]
  const fits = os === 'linux' ? libc && (cpu === 'arm') === (abi === 'gnueabihf') : ['darwin', 'win32'].includes(os) && !abi
  if (!fits || !cpu || rest.length > 0) throw new Error(`${target} is not a target such as linux-x64-gnu`)
  return { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) }
}

/** Writes a package: its manifest, the licences, and `contents`, which are pairs of a name and its source. */
function writePackage(directory, manifest, contents) {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  for (const licence of licences) cpSync(join(packageDirectory, '..', licence), join(directory, licence))
  for (const [name, source] of contents) cpSync(source, join(directory, name), { recursive: true })
}

const checkout = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8'))
const { version, license, homepage, repository, engines } = checkout
const packageName = (target) => `@roomcast/${target}`

function writePlatformPackage(destination, target, native) {
  const file = basename(native)
  const nativeSbom = native.replace(/\.node$/, '.cdx.json')
  const contents = [[file, native], [thirdParty, join(packageDirectory, thirdParty)]]
  if (existsSync(nativeSbom)) contents.push(['sbom.cdx.json', nativeSbom])
  const addonPackage = {
    name: packageName(target),
    version,
    description: `The native addon of roomcast for ${target}, installed by the package roomcast`,
    license,
    homepage,
    repository,
    main: file,
    files: [...contents.map(([name]) => name), ...licences],
    engines,
    ...platform(target),
    publishConfig: { access: 'public' }
  }
  const directory = join(destination, target)
  writePackage(directory, addonPackage, contents)
  writeFileSync(join(directory, 'README.md'), `# ${addonPackage.name}\n\n${addonPackage.description}.\n`)
}

/** Writes `roomcast`, with the packages of these platforms as optional dependencies. */
function writeMainPackage(destination, targets) {
  targets.forEach(platform)
  const optionalDependencies = Object.fromEntries(targets.map((target) => [packageName(target), version]))
  // The checkout's package is private, so that it is not published with the native addon of one platform.
  const manifest = { ...checkout, optionalDependencies }
  for (const name of ['private', 'scripts', 'devDependencies']) delete manifest[name]
  const contents = checkout.files.filter((name) => !name.endsWith('.node'))
  manifest.files = [...contents, 'sbom.cdx.json', ...licences]
  const directory = join(destination, 'roomcast')
  writePackage(directory, manifest, [...contents, 'README.md'].map((name) => [name, join(packageDirectory, name)]))
  writeFileSync(join(directory, 'sbom.cdx.json'), `${JSON.stringify(sbom(targets), undefined, 1)}\n`)
}

/** The SBOM of `roomcast` in CycloneDX: JavaScript only, and the packages of the platforms, each of which has its own. */
function sbom(targets) {
  const npm = (name) => ({
    type: 'library',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    licenses: [{ expression: license }],
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`
  })
  const main = npm(checkout.name)
  const platforms = targets.map((target) => ({ ...npm(packageName(target)), scope: 'optional' }))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: main },
    components: platforms,
    dependencies: [
      { ref: main['bom-ref'], dependsOn: platforms.map((component) => component['bom-ref']) },
      ...platforms.map((component) => ({ ref: component['bom-ref'] }))
    ]
  }
}

const mainOnly = process.argv[2] === '--main'
const [destination, ...given] = process.argv.slice(mainOnly ? 3 : 2)
if (given.length === 0) {
  console.error('usage: node scripts/release.mjs <empty directory> roomcast.<target>.node…')
  console.error('       node scripts/release.mjs --main <empty directory> <target>…')
  process.exit(2)
}
const targets = mainOnly ? given : given.map((native) => /^roomcast\.(.+)\.node$/.exec(basename(native))?.[1] ?? basename(native))
if (!mainOnly) targets.forEach((target, index) => writePlatformPackage(destination, target, given[index]))
writeMainPackage(destination, targets)
