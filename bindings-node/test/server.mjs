// A local HTTP server in place of the API, which records the requests.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { Client } from 'roomcast'

export const credentials = { accessKey: 'the-key', secret: 'the-very-secret' }

/** A client's options, with a timeout that a busy machine does not reach. */
export const longTimeout = { ...credentials, timeoutMs: 200_000 }

/** @param respond called with the response once the request was read; by default it responds as 100ms does */
export async function serve(test, respond = respondSent) {
  const requests = []
  const server = createServer(async (request, response) => {
    const { url, headers } = request
    const body = await text(request)
    // A query has none.
    request.body = body === '' ? undefined : JSON.parse(body)
    requests.push({ url, headers, body: request.body })
    respond(response, requests.length)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  test.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const baseUrl = `http://127.0.0.1:${server.address().port}/v2`
  const createClient = (options) => new Client({ ...longTimeout, baseUrl, ...options })
  return { requests, baseUrl, createClient }
}

export function respondSent(response) {
  response.setHeader('content-type', 'application/json')
  response.end('{"message":"message sent"}')
}

/** A promise, and the function that resolves it. */
export function deferred() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}
