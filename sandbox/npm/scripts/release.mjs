// Writes the packages of a release, one for each platform and then `roomcast-sandbox` itself, ready for `npm publish` in that order:
//   node scripts/release.mjs <empty directory> <platform>=<program>…
// An SBOM beside a program, <program>.cdx.json, becomes part of its package. Or only `roomcast-sandbox` itself, for packages that
// were built elsewhere:
//   node scripts/release.mjs --main <empty directory> <platform>…
// <platform> is `process.platform` and `process.arch`: linux-x64, linux-arm64, darwin-arm64, win32-x64, …
import { chmodSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { thirdParty, writeMainPackage, writePlatformPackage } from '../../../bindings-node/scripts/packages.mjs'

const checkout = dirname(dirname(fileURLToPath(import.meta.url)))
const packageName = (platform) => `@roomcast/sandbox-${platform}`

function check(platform) {
  if (!/^(linux|darwin|win32)-(x64|arm64)$/.test(platform)) throw new Error(`${platform} is not a platform such as linux-x64`)
}

function writeProgramPackage(destination, platform, program) {
  const [os, cpu] = platform.split('-')
  const file = os === 'win32' ? 'roomcast-sandbox.exe' : 'roomcast-sandbox'
  const contents = [[file, program], [thirdParty, join(dirname(checkout), thirdParty)]]
  const sbom = `${program}.cdx.json`
  if (existsSync(sbom)) contents.push(['sbom.cdx.json', sbom])
  writePlatformPackage(join(destination, platform), checkout, {
    name: packageName(platform),
    description: `The program roomcast-sandbox for ${platform}, installed by the package roomcast-sandbox`,
    contents,
    os: [os],
    cpu: [cpu],
    // Yarn with Plug'n'Play would keep it in a zip file, from which it cannot be run.
    preferUnplugged: true
  })
  chmodSync(join(destination, platform, file), 0o755)
}

const mainOnly = process.argv[2] === '--main'
const [destination, ...given] = process.argv.slice(mainOnly ? 3 : 2)
if (given.length === 0) {
  console.error('usage: node scripts/release.mjs <empty directory> <platform>=<program>…')
  console.error('       node scripts/release.mjs --main <empty directory> <platform>…')
  process.exit(2)
}
const platforms = given.map((one) => one.split('=', 1)[0])
platforms.forEach(check)
if (!mainOnly) given.forEach((one, index) => writeProgramPackage(destination, platforms[index], one.slice(platforms[index].length + 1)))
writeMainPackage(join(destination, 'roomcast-sandbox'), checkout, platforms.map(packageName))
