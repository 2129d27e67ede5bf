// roomcast in a BullMQ worker: a job is retried only if its message provably never left, so nobody sees it twice.
//   HMS_ACCESS_KEY=… HMS_SECRET=… REDIS_URL=redis://127.0.0.1:6379 node bullmq.js
import { UnrecoverableError, Worker } from 'bullmq'
import { Client, RoomcastError, chat } from 'roomcast'

/** Options of a job: `queue.add('send', { roomId, peerId, message }, jobOptions)`. */
export const jobOptions = { attempts: 5, backoff: { type: 'exponential', delay: 1000 } }

/** Options of the worker. */
export const workerOptions = {
  // A job whose worker died may have sent its message: it fails and is not retried.
  maxStalledCount: 0
}

/** The worker's handler. */
export const makeHandler = (client) => async (job) => {
  const { roomId, peerId, message } = job.data
  try {
    return await client.sendToPeer(roomId, peerId, chat(message))
  } catch (error) {
    // BullMQ retries after any error but an UnrecoverableError.
    if (isWorthRetrying(error)) throw error
    throw Object.assign(new UnrecoverableError(error.message), { cause: error })
  }
}

function isWorthRetrying(error) {
  if (!(error instanceof RoomcastError) || error.outcome !== 'not_sent') return false
  // These are not sent either, but a retry fails again.
  return error.kind !== 'invalid_request' && error.kind !== 'configuration'
}

if (process.argv[1] === import.meta.filename) {
  const client = new Client() // one for all jobs
  const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' }
  const worker = new Worker('messages', makeHandler(client), { ...workerOptions, connection, concurrency: 20 })
  worker.on('failed', (job, error) => console.error(job?.id, error))
  process.once('SIGTERM', async () => {
    await worker.close() // waits for the active jobs
    client.close()
  })
}
