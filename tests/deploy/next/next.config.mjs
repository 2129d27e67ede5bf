import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const directory = dirname(fileURLToPath(import.meta.url))

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  // The tests' control: without it roomcast is bundled.
  serverExternalPackages: process.env.BUNDLE_ROOMCAST ? [] : ['roomcast'],
  // Else Next.js looks for a lock file in the directories above.
  outputFileTracingRoot: directory,
  turbopack: { root: directory }
}
