// Puts the built native file where the package looks for it:
//   node scripts/place.mjs <built file> [<package directory>]
import { copyFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const { platform, arch } = process
const [built, destination = dirname(dirname(fileURLToPath(import.meta.url)))] = process.argv.slice(2)
if (!built) {
  console.error('usage: node scripts/place.mjs <built file> [<package directory>]')
  process.exit(2)
}
const libc = process.report.getReport().header.glibcVersionRuntime ? '-gnu' : '-musl'
const name = `roomcast.${platform}-${arch}${platform === 'linux' ? libc : ''}.node`
// A file that is in use must not be written to, but it may be replaced.
const place = join(destination, name)
copyFileSync(built, `${place}.new`)
renameSync(`${place}.new`, place)
console.log(place)
