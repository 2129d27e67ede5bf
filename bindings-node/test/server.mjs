// A local HTTP server that stands for the API, and shows what reached it.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { Client } from 'roomcast'

export const credentials = { accessKey: 'the-key', secret: 'the-very-secret' }

/** A client's options where no test is to fail because the machine is busy. */
export const patient = { ...credentials, timeoutMs: 200_000 }

/** @param answer called with the response once the request was read; by default it answers as 100ms does */
export async function serve(test, answer = sent) {
  const requests = []
  const server = createServer(async (request, response) => {
    const { url, headers } = request
    requests.push({ url, headers, body: JSON.parse(await text(request)) })
    answer(response, requests.length)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  test.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const baseUrl = `http://127.0.0.1:${server.address().port}/v2`
  const client = (options) => new Client({ ...patient, baseUrl, ...options })
  return { requests, baseUrl, client }
}

export function sent(response) {
  response.setHeader('content-type', 'application/json')
  response.end('{"message":"message sent"}')
}

/** Something that happens later: `await one.promise`, `one.resolve()`. */
export function signalled() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}
