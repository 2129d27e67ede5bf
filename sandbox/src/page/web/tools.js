// What all scripts of the page use.

const token = document.querySelector('meta[name="page-token"]').content

export const byId = (id) => document.getElementById(id)

/** An element. Strings among the children become text, never HTML: names, roles and messages are others' words. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children)
  return made
}

/** Others' words, set apart from ours. Their direction of writing ends with them. */
export const quoted = (text, className) => element('bdi', { class: className }, text)

/** Whom a message is for: said in words, and by colour for a quick eye. */
export function audience(kind, ...words) {
  return element('span', { class: `to to-${kind}` }, ...words)
}

export function clock(milliseconds) {
  const time = new Date(milliseconds)
  return element('time', { datetime: time.toISOString() }, time.toLocaleTimeString([], { hour12: false }))
}

export const counted = (number, one, many = `${one}s`) =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`

/** Asks the sandbox for what only its own page may. Throws an error with words for a person. */
export async function ask(path, body) {
  let answer
  try {
    answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Page-Token': token },
      body: JSON.stringify(body)
    })
  } catch {
    throw new Error('The sandbox does not answer. Is it still running?')
  }
  return read(answer)
}

/** The answer's JSON, or what the sandbox says against it, thrown. */
export async function read(answer) {
  const said = await answer.json().catch(() => ({}))
  if (answer.ok) return said
  const details = (said.details ?? []).join(', ')
  throw new Error(`${answer.status} ${said.message ?? answer.statusText}${details && `: ${details}`}`)
}

/** The rooms and what happens in them, as the sandbox tells it. */
export const watch = () => new EventSource(`/page/events?token=${token}`)

/** Tells how something went, to eyes and to screen readers. */
export function say(place, text, kind = '') {
  place.className = `said ${kind}`
  place.textContent = text
}
