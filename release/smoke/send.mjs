// Sends with the installed Node package, many at once, to a server of its own:
//   node send.mjs <directory in whose node_modules it is>
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const SENDS = 400

const { Client } = createRequire(join(process.argv[2], 'nothing.js'))('roomcast')
const received = []
const server = createServer(async (request, response) => {
  const parts = await request.toArray()
  received.push(JSON.parse(Buffer.concat(parts)).message)
  response.end('{"message": "message sent"}')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
// It must hang to fail on a clock.
const client = new Client({
  managementToken: 'token',
  baseUrl: `http://127.0.0.1:${server.address().port}/v2`,
  timeoutMs: 120_000
})
const texts = Array.from({ length: SENDS }, (_, number) => `send ${number}`)
const results = await Promise.all(texts.map((text) => client.sendToPeer('room', 'peer', text)))
client.close()
server.close()

assert.ok(results.every(({ message }) => message === 'message sent'))
assert.deepEqual(received.sort(), texts.sort())
console.log(`Node ${process.versions.node}: ${results.length} sends`)
