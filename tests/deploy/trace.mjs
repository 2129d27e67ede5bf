// Copies a program and the files that @vercel/nft finds it to need: node trace.mjs <program> <directory>.
import { cp } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { nodeFileTrace } from '@vercel/nft'

const [program, destination] = process.argv.slice(2)
const base = dirname(program)
const { fileList } = await nodeFileTrace([program], { base })
for (const file of fileList) await cp(join(base, file), join(destination, file), { verbatimSymlinks: true })
