// Writes npm packages of a release: what those of the client and those of the programs have in common.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const licences = ['LICENSE-MIT', 'LICENSE-APACHE']
/** Those of the crates in an addon or a program. */
export const thirdParty = 'THIRD-PARTY-LICENSES'

const readManifest = (directory) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))

/** Writes a package: its manifest, the licences, and `contents`, which are pairs of a name and its source, a path or `{ text }`. */
function writePackage(directory, manifest, contents) {
  mkdirSync(directory, { recursive: true })
  const files = [...contents.map(([name]) => name).filter((name) => name !== 'README.md'), ...licences]
  const text = `${JSON.stringify({ ...manifest, files }, undefined, 2)}\n`
  const sources = [['package.json', { text }], ...licences.map((licence) => [licence, join(root, licence)]), ...contents]
  for (const [name, source] of sources) {
    if (typeof source === 'string') cpSync(source, join(directory, name), { recursive: true })
    else writeFileSync(join(directory, name), source.text)
  }
}

/** Writes the package of a platform. `checkout` is the directory of the package that depends on it. */
export function writePlatformPackage(directory, checkout, { name, description, contents, ...more }) {
  const { version, license, homepage, repository, engines } = readManifest(checkout)
  const manifest = { name, version, description, license, homepage, repository, engines, ...more }
  const readme = { text: `# ${name}\n\n${description}.\n` }
  writePackage(directory, { ...manifest, publishConfig: { access: 'public' } }, [...contents, ['README.md', readme]])
}

/** Writes the package of a checkout, with the packages of these names as optional dependencies. Its code may be elsewhere. */
export function writeMainPackage(directory, checkout, platforms, code = checkout) {
  const main = readManifest(checkout)
  const optionalDependencies = Object.fromEntries(platforms.map((name) => [name, main.version]))
  // The checkout's package is private, so that it is not published without those of the platforms.
  const manifest = { ...main, optionalDependencies }
  for (const name of ['private', 'scripts', 'devDependencies']) delete manifest[name]
  const names = main.files.filter((name) => !name.endsWith('.node'))
  const contents = [...names.map((name) => [name, join(code, name)]), ['README.md', join(checkout, 'README.md')]]
  const bill = { text: `${JSON.stringify(sbom(main, platforms), undefined, 1)}\n` }
  writePackage(directory, manifest, [...contents, ['sbom.cdx.json', bill]])
}

/** Its SBOM in CycloneDX: JavaScript only, and the packages of the platforms, each of which has its own. */
function sbom({ name: mainName, version, license }, platforms) {
  const npm = (name) => ({
    type: 'library',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    licenses: [{ expression: license }],
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`
  })
  const main = npm(mainName)
  const components = platforms.map((name) => ({ ...npm(name), scope: 'optional' }))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: main },
    components,
    dependencies: [
      { ref: main['bom-ref'], dependsOn: components.map((component) => component['bom-ref']) },
      ...components.map((component) => ({ ref: component['bom-ref'] }))
    ]
  }
}
