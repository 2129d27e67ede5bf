/**
 * The HTTP response to a client whose message could not be sent: a status, and what is known of the message. The error's text
 * is for your log only: it shows how your server is configured.
 * @param {import('roomcast').RoomcastError} error
 */
export function responseFor(error) {
  const { kind, outcome, retryAfterMs } = error
  const headers = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  return { status: statusFor(error), headers, body: { kind, outcome } }
}

function statusFor({ kind, outcome }) {
  if (kind === 'invalid_request') return 400 // an argument is invalid
  if (kind === 'not_found') return 404 // no such room is active, or the peer has left
  if (kind === 'rate_limited') return 429
  if (outcome === 'not_sent') return 503 // a retry cannot show the message twice
  if (outcome === 'unknown') return 504 // it may have been delivered: a retry may show it twice
  return 502 // 100ms refused it
}
