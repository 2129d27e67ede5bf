/**
 * What to answer to whoever asked for a send that failed: an HTTP status, and what is known of the message. The error's
 * text is for your log, not for them: it tells how your server is set up.
 * @param {import('roomcast').RoomcastError} error
 */
export function answerFor(error) {
  const { kind, outcome, retryAfterMs } = error
  const headers = retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  return { status: statusFor(error), headers, body: { kind, outcome } }
}

function statusFor({ kind, outcome }) {
  if (kind === 'invalid_request') return 400 // what was asked for broke a rule
  if (kind === 'not_found') return 404 // no such room is active, or the peer has left
  if (kind === 'rate_limited') return 429
  if (outcome === 'not_sent') return 503 // asking again cannot show the message twice
  if (outcome === 'unknown') return 504 // it may have been delivered: asking again may show it twice
  return 502 // 100ms said no
}
