// Compiled only: what an ESM program in TypeScript may and may not write. Imports the package by its own name.
import { Client, RoomcastError, type ErrorKind, type Outcome, type Receipt } from 'roomcast'

export async function main(): Promise<Receipt> {
  await using client = new Client({ accessKey: 'k', secret: 's', timeoutMs: 5000, retryUnknown: false })
  const signal = AbortSignal.timeout(1000)
  await client.sendMessage('room', 'hi', { peerId: 'p1', role: 'host', type: 'chat', signal })
  await client.sendMessage('room', 'hi', { signal: undefined })
  await client.sendToRole('room', 'host', 'hi', { type: 'chat' })
  await client.broadcast('room', 'hi')

  const lookup = new Map<string, string>()
  // @ts-expect-error A failed look-up is not left out.
  await client.sendMessage('room', 'hi', { peerId: lookup.get('ann') })
  // @ts-expect-error The target cannot be missing.
  await client.sendToPeer('room', undefined, 'hi')
  // @ts-expect-error It is spelt peerId.
  await client.sendMessage('room', 'hi', { peer_id: 'p1' })
  // @ts-expect-error The helpers take no second target.
  await client.broadcast('room', 'hi', { peerId: 'p1' })
  // @ts-expect-error It is timeoutMs.
  new Client({ timeout: 5 })

  return client.sendToPeer('room', 'p1', 'hi')
}

export function act(error: unknown): Outcome | ErrorKind | number | undefined {
  if (!(error instanceof RoomcastError)) throw error
  if (error.kind === 'rate_limited') return error.retryAfterMs
  // @ts-expect-error There is no such kind.
  if (error.kind === 'nonsense') return error.status
  return error.details.length > 0 ? error.outcome : error.kind
}
