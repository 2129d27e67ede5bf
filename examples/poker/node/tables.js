/** Every room's table, saved in one file per room, so that a restart loses nothing. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Table } from './table.js'

/** The format of 100ms's room ids, which cannot contain a path. */
const ROOM_ID = /^[A-Za-z0-9_-]{1,64}$/

/** Not a room id of 100ms. */
export class BadRoomId extends Error {}

/** For one process: several would overwrite each other's files. For several, use a database. */
export class Tables {
  #directory
  #tables = new Map()

  constructor(directory) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
      this.#tables.set(basename(file, '.json'), new Table(JSON.parse(readFileSync(join(directory, file), 'utf8'))))
    }
  }

  get roomIds() {
    return [...this.#tables.keys()]
  }

  of(roomId) {
    if (!ROOM_ID.test(roomId)) throw new BadRoomId('a room id has 1 to 64 of A-Z a-z 0-9 _ -')
    if (!this.#tables.has(roomId)) this.#tables.set(roomId, new Table())
    return this.#tables.get(roomId)
  }

  /** Atomic: a crash leaves the old file or the new one. */
  save(roomId) {
    const path = join(this.#directory, `${roomId}.json`)
    writeFileSync(`${path}.new`, JSON.stringify(this.#tables.get(roomId)))
    renameSync(`${path}.new`, path)
  }
}
