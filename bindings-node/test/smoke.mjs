// A short program for any JavaScript runtime. runtimes.test.mjs runs it and checks what it prints.
//   <runtime> smoke.mjs <base URL>
import { createRequire } from 'node:module'
import { inspect } from 'node:util'
import { Client, RoomcastError } from '../index.mjs'

const [baseUrl] = process.argv.slice(-1)
const options = { accessKey: 'the-key', secret: 'the-very-secret', baseUrl }
const client = new Client(options)
const show = (what, ...values) => console.log(what, ...values.map((value) => JSON.stringify(value)))

show('sendResult', await client.sendToPeer('r', 'p', 'hi', { type: 'chat' }))
const many = await Promise.all(Array.from({ length: 300 }, (_, i) => client.broadcast('r', `${i}`)))
show('concurrent', many.length)

const { kind, outcome } = await client.sendMessage('r', 'hi', { peerId: undefined }).catch((error) => error)
show('refused', kind, outcome)
const rejected = await client.broadcast('failing', 'hi').catch((error) => error)
show('rejected', rejected instanceof RoomcastError, rejected.kind, rejected.outcome, rejected.status)
show('inspected', inspect(rejected).includes('permission_denied'), inspect(rejected).includes('the-very-secret'))
const required = createRequire(import.meta.url)('../index.js')
show('same class', required.RoomcastError === RoomcastError)

const timedOut = await client.broadcast('silent', 'hi', { signal: AbortSignal.timeout(20) }).catch((error) => error)
show('aborted', timedOut.kind, timedOut.cause.name)
const controller = new AbortController()
const sending = client.broadcast('silent', 'hi', { signal: controller.signal })
controller.abort('enough')
show('aborted', (await sending.catch((error) => error)).cause)

process.env.HMS_BASE_URL = 'nonsense'
try {
  new Client({ accessKey: 'k', secret: 's' })
} catch (error) {
  show('process.env', error.message.includes('HMS_BASE_URL'))
}

const closing = new Client(options)
const inFlight = closing.broadcast('r', 'hi')
await closing[Symbol.asyncDispose]()
show('disposed', (await inFlight).attempts)
// The process then exits, though `client` was never closed.
