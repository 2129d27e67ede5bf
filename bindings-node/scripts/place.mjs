// Puts the built native file where the package looks for it:
//   node scripts/place.mjs <built file> [<package directory>]
import { copyFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { target } from '../lib/target.js'

const [built, destination = dirname(dirname(fileURLToPath(import.meta.url)))] = process.argv.slice(2)
if (!built) {
  console.error('usage: node scripts/place.mjs <built file> [<package directory>]')
  process.exit(2)
}
// A file that is in use must not be written to, but it may be replaced.
const place = join(destination, `roomcast.${target()}.node`)
copyFileSync(built, `${place}.new`)
renameSync(`${place}.new`, place)
console.log(place)
