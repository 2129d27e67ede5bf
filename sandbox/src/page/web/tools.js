// Helpers that all scripts of the page use.

const pageToken = document.querySelector('meta[name="page-token"]').content

export const byId = (id) => document.getElementById(id)

/**
 * Creates an element. Strings among the children become text, never HTML: names, roles and messages come from other
 * people.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children)
  return made
}

/** A text from other people. Its writing direction does not affect the text around it. */
export const userText = (text, className) => element('bdi', { class: className }, text)

/** A label with the audience of a message. Each kind has its own colour. */
export function audienceLabel(kind, ...children) {
  return element('span', { class: `to to-${kind}` }, ...children)
}

/** The time of day. `timestamp` is in milliseconds since 1970. */
export function timeOfDay(timestamp) {
  const time = new Date(timestamp)
  return element('time', { datetime: time.toISOString() }, time.toLocaleTimeString([], { hour12: false }))
}

/** A number with its noun, such as "1 peer" or "5 peers". */
export const count = (number, singular, plural = `${singular}s`) =>
  `${number.toLocaleString('en')} ${number === 1 ? singular : plural}`

/** Posts JSON with the page token and returns the JSON of the response. Throws an error whose message can be shown. */
export const post = (path, body) => request('POST', path, body)

/** Makes a request as `post` does. */
export async function request(method, path, body) {
  let response
  try {
    response = await fetch(path, {
      method,
      headers: { 'X-Page-Token': pageToken, ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body)
    })
  } catch {
    throw new Error('The sandbox does not answer. Is it still running?')
  }
  return readJson(response)
}

/** Returns the JSON of a response. Throws an error with the sandbox's text if the status is not 2xx. */
export async function readJson(response) {
  const json = await response.json().catch(() => ({}))
  if (response.ok) return json
  // The endpoints under /sandbox name the field.
  if (json.error?.message) throw new Error([json.error.field, json.error.message].filter(Boolean).join(': '))
  const details = (json.details ?? []).join(', ')
  throw new Error(`${response.status} ${json.message ?? response.statusText}${details && `: ${details}`}`)
}

/** A button that copies a text. Browsers allow that only on loopback or over https; elsewhere it is hidden. */
export function makeCopying(button, place, text) {
  button.hidden = !navigator.clipboard
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text())
      showStatus(place, 'Copied.', 'success')
    } catch {
      showStatus(place, 'The browser does not allow copying.', 'error')
    }
  })
}

/** Calls `draw` once in the next animation frame, however often it was asked for. */
export function oncePerFrame(draw) {
  let scheduled = false
  return () => {
    if (scheduled) return
    scheduled = true
    requestAnimationFrame(() => {
      scheduled = false
      draw()
    })
  }
}

/** The stream of rooms and events. */
export const openEvents = () => new EventSource(`/page/events?token=${pageToken}`)

/** Shows a status text. Its element has `role="status"`, so screen readers announce it. */
export function showStatus(place, text, kind = '') {
  place.className = `status ${kind}`
  place.textContent = text
}
