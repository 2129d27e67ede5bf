// Writes the packages of a release, one for each platform and then `roomcast` itself, ready for `npm publish` in that order:
//   node scripts/release.mjs <empty directory> roomcast.<target>.node…
// The packages of the platforms whose native addons were given are the optional dependencies of `roomcast`; npm installs the
// one that fits. An SBOM beside an addon, roomcast.<target>.cdx.json, becomes part of its package. Or only `roomcast` itself,
// for packages that were built elsewhere:
//   node scripts/release.mjs --main <empty directory> <target>…
// <target> is a name such as linux-x64-gnu, linux-arm-gnueabihf, linux-arm64-musl, darwin-arm64, win32-x64: see lib/target.js.
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { thirdParty, writeMainPackage, writePlatformPackage } from './packages.mjs'

const checkout = dirname(dirname(fileURLToPath(import.meta.url)))
const packageName = (target) => `@roomcast/${target}`

/** The `os`, `cpu` and `libc` of package.json, by which npm selects the package for a platform. */
function platform(target) {
  const [os, cpu, abi, ...rest] = target.split('-')
  const libc = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl' }[abi]
  const fits = os === 'linux' ? libc && (cpu === 'arm') === (abi === 'gnueabihf') : ['darwin', 'win32'].includes(os) && !abi
  if (!fits || !cpu || rest.length > 0) throw new Error(`${target} is not a target such as linux-x64-gnu`)
  return { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) }
}

function writeAddonPackage(destination, target, native) {
  const file = basename(native)
  const nativeSbom = native.replace(/\.node$/, '.cdx.json')
  const contents = [[file, native], [thirdParty, join(checkout, thirdParty)]]
  if (existsSync(nativeSbom)) contents.push(['sbom.cdx.json', nativeSbom])
  writePlatformPackage(join(destination, target), checkout, {
    name: packageName(target),
    description: `The native addon of roomcast for ${target}, installed by the package roomcast`,
    contents,
    main: file,
    ...platform(target)
  })
}

const mainOnly = process.argv[2] === '--main'
const [destination, ...given] = process.argv.slice(mainOnly ? 3 : 2)
if (given.length === 0) {
  console.error('usage: node scripts/release.mjs <empty directory> roomcast.<target>.node…')
  console.error('       node scripts/release.mjs --main <empty directory> <target>…')
  process.exit(2)
}
const targets = mainOnly ? given : given.map((native) => /^roomcast\.(.+)\.node$/.exec(basename(native))?.[1] ?? basename(native))
if (!mainOnly) targets.forEach((target, index) => writeAddonPackage(destination, target, given[index]))
targets.forEach(platform)
writeMainPackage(join(destination, 'roomcast'), checkout, targets.map(packageName))
