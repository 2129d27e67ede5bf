// The entries of the log: messages, requests, joins and leaves, webhooks. Each has `element`, what it is searched by, and
// what it is filtered by.

import { codeChooser } from './code.js'
import { codeBlock, layOut } from './json.js'
import { shownBy } from './notes.js'
import { codeOf } from './queries.js'
import { errorText, readRequest } from './requests.js'
import { audienceLabel, count, element, timeOfDay, userText } from './tools.js'

const nameOf = (peer) => userText(peer.name || peer.user_id, 'name')
const labelOf = (text, kind) => element('span', { class: `to to-${kind}` }, text)
const separated = (parts) => parts.flatMap((part, index) => (index === 0 ? [part] : [' · ', part]))
const hidden = (text) => element('span', { class: 'visually-hidden' }, text)

/** A message, with the request that sent it as soon as that has ended. Without a message, a request alone. */
export class SentEntry {
  constructor(message, request) {
    this.message = message
    this.request = request
    this.element = element('li', { class: 'card' })
    this.draw()
  }

  get room() {
    return this.message?.room ?? this.request.room_id ?? ''
  }

  get kind() {
    return this.message || this.read?.operation === 'send' ? 'messages' : 'queries'
  }

  get outcome() {
    return this.request?.outcome
  }

  get searched() {
    const { message, request } = this
    const names = [message?.from, message?.to.peer].filter(Boolean).map((peer) => `${peer.name} ${peer.user_id}`)
    return [this.room, message?.text, message?.type, message?.to.roles, ...names, request?.method, request?.path,
      request?.body, request?.response, request?.status, request?.fault, request?.user_agent].filter(Boolean).join('\n')
  }

  /** The request that sent this message has ended. */
  complete(request) {
    this.request = request
    this.draw()
  }

  draw() {
    const { request } = this
    this.read = request && readRequest(request)
    const what = this.message ? fromMessage(this.message) : fromRequest(request, this.read)
    const meta = element('div', { class: 'meta' }, timeOfDay(this.message?.at ?? request.time))
    if (this.room !== '') meta.append(userText(this.room, 'room'))
    meta.append(...what.labels)
    if (what.type) meta.append(element('span', { class: 'type' }, 'type ', userText(what.type)))
    if (request) meta.append(outcomeLabel(request))
    const parts = [meta]
    if (what.text !== undefined) parts.push(textBlock(what.text))
    const notes = [...(this.read?.notes ?? []).map((note) => ['mistake', note])]
    // What a client sends to others is the app's own business, and a message that nobody got is shown by no client.
    if (what.shown && (this.message || request.outcome === 'accepted')) {
      const { isShown, text } = shownBy(what.shown)
      notes.push([isShown ? 'shown' : 'not-shown', text])
    }
    if (what.facts.length > 0) parts.push(element('div', { class: 'hint facts' }, ...separated(what.facts)))
    parts.push(...notes.map(([kind, text]) => element('p', { class: `note note-${kind}` }, text)))
    if (request) parts.push(this.details(request))
    this.element.replaceChildren(...parts)
  }

  /** The request as it was, and in code. Made when it is opened: most are not. */
  details(request) {
    const made = element('details', {}, element('summary', {}, 'Request', hidden(` ${request.number}`)))
    made.addEventListener('toggle', () => made.append(...requestDetails(request, this.read, this.message)), { once: true })
    return made
  }
}

function fromMessage(message) {
  const { to, type, text } = message
  const reached = message.reached === 0 ? element('strong', {}, 'reached nobody') : `reached ${count(message.reached, 'peer')}`
  const facts = [message.from === null ? 'from the server API' : element('span', {}, 'from ', nameOf(message.from)), reached]
  if (!message.is_whole) facts.push(`the beginning of ${count(message.bytes, 'byte')}`)
  const label = {
    everyone: () => audienceLabel('everyone', 'to everyone'),
    roles: () => audienceLabel('role', 'to role ', userText(to.roles)),
    peer: () => audienceLabel('peer', 'to ', nameOf(to.peer), ' alone')
  }[to.kind]()
  const shown = message.from === null && message.is_whole ? { message: text, type: type ?? '' } : null
  return { labels: [label], type, text, facts, shown }
}

function fromRequest(request, { operation, sent, role, userId }) {
  const error = errorText(request.response)
  const facts = []
  if (request.outcome !== 'accepted') facts.push(error === '' ? 'no response' : element('strong', {}, userText(error)))
  const plain = (text) => labelOf(text, 'nobody')
  if (operation === 'send') {
    const labels = sent ? [plain(toText(sent.to))] : [plain('sends a message')]
    return { labels, type: sent?.type, text: sent?.message ?? (request.body || undefined), facts }
  }
  const asks = {
    list: ['lists peers', role && ['of role ', userText(role)], userId && ['of user ', userText(userId)]],
    room: ['gets the room'],
    peer: ['gets a peer']
  }[operation] ?? [element('code', {}, userText(`${request.method} ${request.path}`))]
  return { labels: [element('span', { class: 'to to-nobody' }, ...asks.filter(Boolean).flatMap((part) => [part, ' ']).flat())], facts }
}

function toText(to) {
  const words = { everyone: ['to everyone'], role: ['to role ', userText(to.role)], peer: ['to peer ', userText(to.peer_id)] }
  return element('span', {}, ...words[to.kind])
}

/** The status, the outcome, and the fault that caused them. */
function outcomeLabel({ status, outcome, fault }) {
  const label = element('span', { class: `outcome outcome-${outcome}` }, `${status ?? 'no response'} ${outcome}`)
  return fault === undefined ? label : element('span', { class: 'outcomes' }, element('span', { class: 'fault' }, `fault: ${fault}`), label)
}

const MEANINGS = {
  accepted: () => 'The client reports success.',
  rejected: () => 'The client reports an error with the outcome rejected: nothing was delivered.',
  unknown: (message, isQuery) =>
    `The client reports an error with the outcome unknown${
      isQuery ? '.' : `: the message may have been delivered. ${message ? 'It was.' : 'It was not.'}`
    }`
}

function requestDetails(request, read, message) {
  const { method, path, duration_ms: duration, user_agent: agent, body, body_bytes: bytes, response } = request
  const line = element('p', { class: 'hint' }, element('code', {}, userText(`${method} ${path}`)))
  const facts = [`${duration.toLocaleString('en')} ms`, agent ? userText(agent) : 'no User-Agent']
  if (path.startsWith('/page/')) facts.push('sent by this page')
  line.append(' · ', ...separated(facts))
  const meaning = element('p', { class: 'hint' }, MEANINGS[request.outcome](message, read.operation !== 'send'))
  const parts = [line, meaning]
  const kept = new TextEncoder().encode(body).length
  if (bytes > 0) {
    const size = kept < bytes ? `the beginning of ${count(bytes, 'byte')}` : count(bytes, 'byte')
    parts.push(element('h4', {}, 'Body ', element('span', { class: 'hint' }, size)), codeBlock(body, 'Body of the request'))
  }
  if (response !== null && response !== '') parts.push(element('h4', {}, 'Response'), codeBlock(response, 'Body of the response'))
  parts.push(...codeChooser((language) => codeOf(language, request, read)))
  return [element('div', { class: 'details' }, ...parts)]
}

function textBlock(text) {
  const laidOut = layOut(text)
  return element('p', { class: laidOut ? 'text laid-out' : 'text', dir: 'auto' }, ...(laidOut ?? [text]))
}

/** A peer that joined or left. */
export class PresenceEntry {
  kind = 'presence'

  constructor(item) {
    this.room = item.room
    this.searched = [item.room, item.peer.name, item.peer.user_id, item.peer.role, item.peer.peer_id].join('\n')
    const verb = item.kind === 'joined' ? [' joined as ', userText(item.peer.role, 'role')] : [` left: ${item.reason}`]
    this.element = element(
      'li',
      { class: 'coming' },
      timeOfDay(item.at),
      userText(item.room, 'room'),
      element('span', {}, nameOf(item.peer), ...verb)
    )
  }
}

/** A webhook, with each attempt to deliver it. */
export class WebhookEntry {
  kind = 'webhooks'
  attempts = []

  constructor(item) {
    this.item = item
    this.room = item.room ?? ''
    this.element = element('li', { class: 'card webhook' })
    this.list = element('ol', { class: 'plain attempts' })
    this.label = element('span')
    const meta = element('div', { class: 'meta' }, timeOfDay(item.at))
    if (this.room !== '') meta.append(userText(this.room, 'room'))
    meta.append(element('span', { class: 'to to-webhook' }, 'webhook ', userText(item.type)), this.label)
    const details = element('details', {}, element('summary', {}, 'Body', hidden(` of ${item.type}`)))
    details.addEventListener('toggle', () => details.append(codeBlock(item.body, 'Body of the webhook')), { once: true })
    this.element.append(meta, this.list, details)
    this.add(item)
  }

  get searched() {
    const { type, body } = this.item
    return [this.room, 'webhook', type, body, ...this.attempts.map((each) => each.error ?? '')].join('\n')
  }

  /** Another attempt. */
  add(item) {
    this.attempts.push(item)
    const { error, retry_in: retryIn } = item
    const result = error === null ? 'delivered' : retryIn === null ? 'not delivered' : 'retrying'
    this.label.className = `outcome outcome-${{ delivered: 'accepted', 'not delivered': 'rejected', retrying: 'unknown' }[result]}`
    this.label.textContent = result
    const words = [error === null ? 'status 200' : userText(error)]
    if (retryIn !== null) words.push(` · retrying in ${retryIn} s`)
    this.list.append(element('li', { class: 'hint' }, `attempt ${item.attempt} · `, timeOfDay(item.at), ' · ', ...words))
  }
}
