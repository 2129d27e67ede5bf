/** Every room's table, kept in a file each, so that a restart forgets nothing. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Table } from './table.js'

/** 100ms's room ids look like this, and no path can be hidden in it. */
const ROOM_ID = /^[A-Za-z0-9_-]{1,64}$/

/** It is none of 100ms's. */
export class BadRoomId extends Error {}

/** For one process: two would overwrite each other's files. With several, use a database. */
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

  /** A reader finds the old file or the new one, never half of one. */
  save(roomId) {
    const path = join(this.#directory, `${roomId}.json`)
    writeFileSync(`${path}.new`, JSON.stringify(this.#tables.get(roomId)))
    renameSync(`${path}.new`, path)
  }
}
