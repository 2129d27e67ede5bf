// Copies the built native addon to where the package loads it from:
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
// A loaded file must not be overwritten, but it may be replaced.
const path = join(destination, `roomcast.${target()}.node`)
copyFileSync(built, `${path}.new`)
renameSync(`${path}.new`, path)
console.log(path)
