// Sends messages with one client, and prints the cost as one line of JSON; see rust/src/send.rs.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CLIENTS } from './clients.mjs'
import { memory } from './memory.mjs'

const { values } = parseArgs({
  options: {
    client: { type: 'string' },
    url: { type: 'string' },
    'ca-file': { type: 'string' },
    messages: { type: 'string' },
    'in-flight': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '1000' }
  }
})
const inFlight = Number(values['in-flight'])
const make = CLIENTS[values.client]
if (!make || !values.url || !values.messages) {
  console.error(`usage: --client ${Object.keys(CLIENTS).join('|')} --url … --messages …`)
  process.exit(2)
}

/** Sends up to `messages` messages for up to `seconds` seconds, and returns their number. */
async function sendAll({ send, sendMany, item }, messages, seconds) {
  const until = performance.now() + seconds * 1000
  let sent = 0
  function* items() {
    while (sent < messages && performance.now() < until) yield item(sent++)
  }
  if (sendMany) {
    await sendMany(items())
    return sent
  }
  async function sends() {
    while (sent < messages && performance.now() < until) await send(sent++)
  }
  await Promise.all(Array.from({ length: inFlight }, sends))
  return sent
}

const caFile = values['ca-file']
const client = await make({ url: values.url, ca: caFile && readFileSync(caFile), caFile, inFlight })
// Idle: the client has sent one message, so it has a token and a connection.
await sendAll(client, 1, 60)
const idle = memory('VmRSS')
await sendAll(client, Number(values['warm-up']), 1)

const began = performance.now()
const cpu = process.cpuUsage()
const messages = await sendAll(client, Number(values.messages), Number(values.seconds))
const wall = performance.now() - began
const { user, system } = process.cpuUsage(cpu)
console.log(
  JSON.stringify({
    version: client.version,
    messages,
    wall_s: wall / 1e3,
    cpu_s: (user + system) / 1e6,
    idle_kib: idle,
    peak_kib: memory('VmHWM')
  })
)
// Idle connections would keep the process alive.
process.exit(0)
