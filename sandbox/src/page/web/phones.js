// Peers as phones: what each has received, and which of them the last message passed by.

import { layOut } from './json.js'
import { shownBy } from './notes.js'
import { element, userText } from './tools.js'

/** Older messages are forgotten. */
export const MAX_MESSAGES = 20
/** Prebuilt's names of emoji: those that its own buttons send, and a few more. */
const EMOJI = {
  '+1': '👍', '-1': '👎', clap: '👏', tada: '🎉', heart: '❤️', wave: '👋', joy: '😂', fire: '🔥', rocket: '🚀',
  open_mouth: '😮', pray: '🙏', eyes: '👀', 100: '💯', smile: '😄', cry: '😢', heart_eyes: '😍', sob: '😭'
}

/** A phone of a peer. `write` is the button that writes to it. */
export class Phone {
  constructor(peer, write) {
    const name = peer.name || peer.user_id
    this.screen = element('ol', { class: 'plain screen', tabindex: '0', 'aria-label': `What ${name} received` })
    this.state = element('p', { class: 'phone-state' })
    this.element = element(
      'li',
      { class: 'phone' },
      element('div', { class: 'phone-head' }, userText(name, 'name'), ' ', userText(peer.role, 'role')),
      this.screen,
      element('div', { class: 'phone-foot' }, this.state, write)
    )
  }

  clear() {
    this.screen.replaceChildren()
    this.state.textContent = ''
    this.element.classList.remove('landed', 'missed')
  }

  /** A message was sent in the room: it landed here, or passed by. */
  receive(message, hasLanded, when) {
    if (hasLanded) {
      this.screen.append(bubble(message, when))
      while (this.screen.children.length > MAX_MESSAGES) this.screen.firstChild.remove()
      this.screen.scrollTop = this.screen.scrollHeight
    }
    this.state.textContent = hasLanded ? 'received' : 'got nothing'
    this.element.classList.toggle('landed', hasLanded)
    this.element.classList.toggle('missed', !hasLanded)
  }
}

function bubble(message, when) {
  const { text, type, to, from } = message
  const made = element('li', { class: when === 'now' ? 'bubble new' : 'bubble' })
  const emoji = emojiOf(text, type)
  if (emoji) {
    made.classList.add('emoji')
    made.append(element('span', {}, emoji))
    return made
  }
  if (to.kind === 'peer') made.classList.add('private')
  const laidOut = type === 'chat' ? null : layOut(text)
  made.append(element('p', { class: laidOut ? 'laid-out' : '', dir: 'auto' }, ...(laidOut ?? [text])))
  const facts = []
  if (from) facts.push(element('span', {}, 'from ', userText(from.name || from.user_id)))
  if (to.kind === 'peer') facts.push('alone')
  if (to.kind === 'roles') facts.push(element('span', {}, 'as ', userText(to.roles)))
  // Only messages of the server API: what an app's clients send each other is their own business.
  if (!from && !shownBy({ message: text, type: type ?? '' }).isShown) {
    made.classList.add('unseen')
    facts.push(element('span', {}, type === null ? 'no type' : userText(type)), 'not in Prebuilt')
  }
  if (facts.length > 0) {
    const shown = facts.flatMap((fact, index) => (index === 0 ? [fact] : [' · ', fact]))
    made.append(element('div', { class: 'bubble-facts' }, ...shown))
  }
  return made
}

/** The emoji of a message that Prebuilt lets fly; null for other messages. */
function emojiOf(text, type) {
  if (type !== 'EMOJI_REACTION' || !shownBy({ message: text, type }).isShown) return null
  const { emojiId } = JSON.parse(text)
  return Object.hasOwn(EMOJI, emojiId) ? EMOJI[emojiId] : `:${emojiId}:`
}
