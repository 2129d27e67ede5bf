// Writes the packages of a program for a release, one for each platform and then the main one, ready for `npm publish` in that order:
//   node release.mjs <crate> <empty directory> <platform>=<program>…
// An SBOM beside a program, <program>.cdx.json, becomes part of its package. Or only the main one, for packages that were built
// elsewhere:
//   node release.mjs <crate> --main <empty directory> <platform>…
// <crate> is the directory sandbox or cli, whose npm/package.json becomes that of the main package.
// <platform> is `process.platform` and `process.arch`: linux-x64, linux-arm64, darwin-arm64, win32-x64, …
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { thirdParty, writeMainPackage, writePlatformPackage } from '../../../bindings-node/scripts/packages.mjs'

const launcher = dirname(fileURLToPath(import.meta.url))
const [, , crate, ...words] = process.argv
const mainOnly = words[0] === '--main'
const [destination, ...given] = words.slice(mainOnly ? 1 : 0)
if (!['sandbox', 'cli'].includes(crate) || given.length === 0) {
  console.error('usage: node release.mjs sandbox|cli <empty directory> <platform>=<program>…')
  console.error('       node release.mjs sandbox|cli --main <empty directory> <platform>…')
  process.exit(2)
}
const folder = join(launcher, '../../..', crate)
const checkout = join(folder, 'npm')
const { name: main, bin } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
const command = Object.keys(bin)[0]
const packageName = (platform) => `@roomcast/${crate}-${platform}`

function check(platform) {
  if (!/^(linux|darwin|win32)-(x64|arm64)$/.test(platform)) throw new Error(`${platform} is not a platform such as linux-x64`)
}

function writeProgramPackage(platform, program) {
  const [os, cpu] = platform.split('-')
  const file = os === 'win32' ? `${command}.exe` : command
  const contents = [[file, program], [thirdParty, join(folder, thirdParty)]]
  const sbom = `${program}.cdx.json`
  if (existsSync(sbom)) contents.push(['sbom.cdx.json', sbom])
  writePlatformPackage(join(destination, platform), checkout, {
    name: packageName(platform),
    description: `The program ${command} for ${platform}, installed by the package ${main}`,
    contents,
    os: [os],
    cpu: [cpu],
    // Yarn with Plug'n'Play would keep it in a zip file, from which it cannot be run.
    preferUnplugged: true
  })
  chmodSync(join(destination, platform, file), 0o755)
}

const platforms = given.map((one) => one.split('=', 1)[0])
platforms.forEach(check)
if (!mainOnly) given.forEach((one, index) => writeProgramPackage(platforms[index], one.slice(platforms[index].length + 1)))
writeMainPackage(join(destination, main), checkout, platforms.map(packageName), launcher)
