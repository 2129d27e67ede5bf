// Compiled only: valid and invalid code in an ES module. Imports the package by its own name.
import { Client, RoomcastError, WebhookError, Webhooks, chat, event, reaction } from 'roomcast'
import type { AttemptTrace, ErrorKind, Message, Outcome, Progress, RecipientResult, SendItem, SendMany, SendResult, Stats, Trace, TracingContext } from 'roomcast'
import { FakeClient, makeEvent, makePeer, makeWebhook, startSandbox, useSandbox } from 'roomcast/testing'
import type { FakeCall, FakeMessage, ReceivedMessage, Sandbox, SandboxPeer } from 'roomcast/testing'
import * as runner from 'node:test'
import { tracingChannel } from 'node:diagnostics_channel'
import { Readable } from 'node:stream'

export async function main(): Promise<SendResult> {
  await using client = new Client({ accessKey: 'k', secret: 's', timeoutMs: 5000, retryUnknown: false })
  const signal = AbortSignal.timeout(1000)
  await client.sendMessage('room', 'hi', { peerId: 'p1', role: 'host', type: 'chat', signal })
  await client.sendMessage('room', 'hi', { signal: undefined })
  await client.sendToRole('room', 'host', 'hi', { type: 'chat' })
  await client.broadcast('room', 'hi')
  const peers = await client.listPeers('room', { userId: 'ann', role: 'host', signal })
  await client.sendToPeer('room', peers[0]?.peerId ?? '', peers[0]?.joinedAt?.toISOString() ?? '')
  const room = await client.getRoom('room')
  await client.sendToPeer('room', room.peerIds[0] ?? '', room.sessionId)
  // @ts-expect-error It is spelt userId.
  await client.listPeers('room', { user_id: 'ann' })
  // @ts-expect-error A failed look-up is not an omitted option.
  await client.listPeers('room', { userId: new Map<string, string>().get('ann') })

  const lookup = new Map<string, string>()
  // @ts-expect-error A failed look-up is not an omitted option.
  await client.sendMessage('room', 'hi', { peerId: lookup.get('ann') })
  // @ts-expect-error The peer's id is required.
  await client.sendToPeer('room', undefined, 'hi')
  // @ts-expect-error It is spelt peerId.
  await client.sendMessage('room', 'hi', { peer_id: 'p1' })
  // @ts-expect-error broadcast takes no recipient.
  await client.broadcast('room', 'hi', { peerId: 'p1' })
  // @ts-expect-error It is timeoutMs.
  new Client({ timeout: 5 })

  return client.sendToPeer('room', 'p1', 'hi')
}

interface Deal {
  readonly cards: readonly string[]
  bet?: number
  at: Date
  by: { name: string | null } | undefined
}

export async function sendJson(client: Client, deal: Deal, given: Record<string, unknown>): Promise<string | undefined> {
  const messages: Message[] = [chat('hi'), event('deal', deal), event('bell'), event('n', 7), event('list', [1, 'a', null])]
  messages.push(reaction('heart'), reaction('+1', { senderId: 'p1' }), reaction('+1', { senderId: undefined }))
  for (const message of messages) await client.broadcast('room', message)
  await client.sendToPeer('room', 'p1', deal, { type: 'deal', timeoutMs: 500, maxAttempts: 1, retryUnknown: true })
  await client.sendToRole('room', 'host', [deal, { nested: [deal] }, 'text', 1, null, undefined])
  await client.sendMessage('room', { cards: ['A♠'], none: undefined }, { peerId: 'p1', type: undefined })
  await client.sendMessage('room', given)
  await client.sendMessage('room', {})
  await client.listPeers('room', { timeoutMs: 500, signal: undefined })
  await client.getRoom('room', { maxAttempts: 2, retryUnknown: undefined })
  const text: string | Deal = Math.random() < 0.5 ? 'hi' : deal
  await client.broadcast('room', text)
  // @ts-expect-error A Map has no form in JSON.
  await client.broadcast('room', new Map([['a', 1]]))
  // @ts-expect-error Nor has a bigint.
  await client.broadcast('room', { a: [7n] })
  // @ts-expect-error Nor has a function.
  await client.broadcast('room', { a: () => 1 })
  // @ts-expect-error Nor has a Set in an event.
  event('e', { a: new Set([1]) })
  // @ts-expect-error A message is not a part of another one.
  event('e', { a: chat('hi') })
  // @ts-expect-error A number is not a message.
  await client.broadcast('room', 7)
  // @ts-expect-error A recipient is an option of the send.
  reaction('heart', { peerId: 'p1' })
  // @ts-expect-error A failed look-up is not an omitted option.
  await client.sendMessage('room', 'hi', { role: undefined })
  // @ts-expect-error A message is frozen.
  messages[0]!.format = 'event'
  new Client({ timeoutMs: undefined, secret: process.env.SECRET })
  return (await client.broadcast('room', 'hi')).requestId
}

export function act(error: unknown): Outcome | ErrorKind | number | undefined {
  if (!(error instanceof RoomcastError)) throw error
  if (error.kind === 'rate_limited') return error.retryAfterMs
  if (error.name === 'AbortError') return error.toJSON().outcome
  // @ts-expect-error There is no such kind.
  if (error.kind === 'nonsense') return error.status
  return error.details.length > 0 ? error.outcome : error.kind
}

export function seat(header: string | string[] | undefined, body: Buffer): string | number {
  const webhooks = new Webhooks({ secret: 's' })
  try {
    const event = webhooks.read(header, body)
    if (event.type === 'peer.join.success') return event.peerId + event.joinedAt?.toISOString()
    if (event.type === 'peer.leave.success') return event.reason + event.userId
    // @ts-expect-error Only a peer's events have a peerId.
    if (event.type === 'session.open.success') return event.peerId
    return `${event.id} ${event.type} ${String(event.data.room_id)}`
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return error.status
  }
}

// @ts-expect-error A secret is required.
new Webhooks({})
// @ts-expect-error A parsed body is not accepted.
new Webhooks({ secret: 's' }).read('s', { id: '1' })

export async function sendToSeveral(client: Client, users: Set<string>, lookup: Map<string, string>): Promise<Outcome | number | undefined> {
  for (const { peerId, userId, result, error, outcome } of await client.sendToUser('room', 'ann', chat('hi'), { timeoutMs: 500 })) {
    if (outcome === 'unknown') return outcome
    if (error) console.error(peerId?.length, userId?.length, error.kind)
    else console.log(result.attempts)
  }
  await client.sendToUsers('room', users, { turn: 3 }, { type: 'turn' })
  await client.sendToPeers('room', ['p1', 'p2'] as const, 'hi', { signal: AbortSignal.timeout(5) })
  const results: RecipientResult[] = await client.sendToRoles('room', ['host'], 'hi')
  // @ts-expect-error Text is not a list of ids.
  await client.sendToPeers('room', 'p1', 'hi')
  // @ts-expect-error A failed look-up is not an id.
  await client.sendToUsers('room', [lookup.get('ann')], 'hi')
  // @ts-expect-error It takes one user.
  await client.sendToUser('room', ['ann'], 'hi')
  return results[0]?.result?.attempts
}

interface Seat {
  roomId: string
  peerId: string
  message: Message
}

export async function sendMany(client: Client, seats: Seat[], deal: Deal): Promise<Seat[]> {
  function* items() {
    for (const seat of seats) yield { ...seat, type: 'deal', message: deal }
  }
  async function* later() {
    yield* seats
  }
  const many: SendMany<Seat> = client.sendMany(seats, {
    rate: 50, maxInFlight: 8, signal: AbortSignal.timeout(5000), onProgress: ({ completed, total }) => void (completed / (total ?? 1))
  })
  const again: Seat[] = []
  for await (const { item, result, error, outcome } of many) {
    if (outcome === 'not_sent') again.push(item)
    else if (error) throw error
    else console.log(result.requestId)
  }
  const { accepted, notSent }: Progress = many.progress
  many.cancel()
  await many.return()
  for await (const { item } of client.sendMany(items())) console.log(item.message.cards, item.type, accepted + notSent)
  for await (const { item } of client.sendMany(later())) again.push(item)
  for await (const { item } of client.sendMany(seats.map(async (seat) => seat))) again.push(item)
  for await (const { item } of client.sendMany([{ roomId: 'r', message: 'hi' }, { roomId: 'r', message: chat('hi'), role: 'host' }])) {
    const sent: SendItem = item
    console.log(sent.role)
  }
  for await (const { item } of client.sendMany(new Set(seats))) again.push(item)
  for await (const result of client.sendMany(Readable.from(seats))) console.log(result.item)
  await using disposed = client.sendMany([] as SendItem[])
  // @ts-expect-error It is spelt peerId.
  client.sendMany([{ roomId: 'r', message: 'hi', peer_id: 'p1' }])
  // @ts-expect-error A failed look-up is not an omitted option.
  client.sendMany([{ roomId: 'r', message: 'hi', peerId: undefined }])
  // @ts-expect-error A message is required.
  client.sendMany([{ roomId: 'r' }])
  // @ts-expect-error A Map has no form in JSON.
  client.sendMany([{ roomId: 'r', message: new Map([['a', 1]]) }])
  // @ts-expect-error Text is not a list of items.
  client.sendMany('hi')
  // @ts-expect-error It is spelt maxInFlight.
  client.sendMany(seats, { max_in_flight: 5 })
  return again
}

export async function observe(client: Client): Promise<number> {
  tracingChannel<unknown, TracingContext>('roomcast:send').asyncEnd.subscribe((message) => {
    const { method, trace, traces, error } = message as TracingContext
    const attempts: AttemptTrace[] = (traces ?? (trace ? [trace] : [])).flatMap((one: Trace) => one.attempts)
    console.log(method, error?.kind, attempts.map(({ connection, status, error: failure }) => [connection?.tlsMs, status, failure?.outcome]))
    // @ts-expect-error A trace has no text.
    console.log(trace?.message)
  })
  const { inFlight, failed }: Stats = client.stats()
  const haveAllEnded: boolean = await client.drain({ timeoutMs: 5000 })
  await client.drain()
  // @ts-expect-error It is timeoutMs.
  await client.drain({ timeout: 5 })
  // @ts-expect-error There is no such kind.
  console.log(failed.nonsense)
  return haveAllEnded ? inFlight : failed.queue_full
}

export async function fake(deal: (client: Client) => Promise<void>): Promise<readonly FakeCall[]> {
  await using client = new FakeClient({ maxAttempts: 1 })
  await deal(client)
  client.failNext(404)
  client.failNext('unknown', { count: 2, attempts: 1 })
  client.failNext(429, { retryAfterMs: 1000 })
  const { peerId } = client.join('room', { role: 'host', userId: 'ann' })
  client.leave('room', peerId)
  const recipient: string | undefined = client.calls[0]?.peerId
  await client.sendToPeer('room', recipient ?? 'p1', { cards: ['A♠'] })
  // @ts-expect-error A mock would have accepted it.
  await client.sendToPeer('room', recipient, 'hi')
  // @ts-expect-error Nor does it accept what has no form in JSON.
  await client.broadcast('room', new Map([['a', 1]]))
  // @ts-expect-error There is no such failure.
  client.failNext('sometimes')
  // @ts-expect-error It is spelt userId.
  client.join('room', { user_id: 'ann' })
  // @ts-expect-error It is count, in an object.
  client.failNext(404, 2)
  // @ts-expect-error Calls are frozen.
  client.calls[0]!.roomId = 'other'
  // @ts-expect-error And so is their list.
  client.calls.push(client.calls[0]!)
  const sent: readonly FakeMessage[] = client.sent
  console.log(sent.length)
  client.reset()
  return client.calls
}

export async function sandboxes(): Promise<ReceivedMessage[]> {
  const inUse: () => Sandbox = useSandbox(runner)
  useSandbox({ beforeAll() {}, beforeEach() {}, afterAll() {} }, { tls: true, args: ['--rate-limit', '5'] })
  await using sandbox = await startSandbox({ program: '/usr/bin/roomcast-sandbox' })
  const ann: SandboxPeer = await sandbox.join('room', { role: 'host', userId: 'ann' })
  await ann.expectNothing({ forMs: 0 })
  await sandbox.client({ timeoutMs: 5000 }).sendToPeer('room', ann.peerId, 'hi')
  const fault = await sandbox.fault({ kind: 'status', status: 500, count: 1, probability: 0.5, seed: 7, roomId: 'room' })
  await fault.remove()
  // @ts-expect-error There is no such fault.
  await sandbox.fault({ kind: 'flood' })
  // @ts-expect-error It is spelt userId.
  await inUse().join('room', { user_id: 'ann' })
  const { status } = await sandbox.webhook('peer.join.success', { roomId: 'room', peerId: ann.peerId })
  new Client(sandbox.clientOptions)
  Object.assign(process.env, sandbox.environment)
  return status === 200 ? ann.received({ count: 2 }) : []
}

export function factories(): string[] {
  const peer = makePeer({ role: 'host' })
  const joined = makeEvent('peer.join.success', { roomId: 'room', peerId: peer.peerId })
  const { leftAt } = makeEvent('peer.leave.success', { durationMs: 1000, data: { more: 1 } })
  // @ts-expect-error It has not left.
  joined.leftAt
  // @ts-expect-error It is spelt userId.
  makeEvent('peer.join.success', { user_id: 'ann' })
  return [joined.userId, leftAt?.toISOString() ?? '', makeEvent('recording.success').id, makeWebhook('peer.join.success')]
}
