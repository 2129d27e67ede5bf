// What 100ms's own clients show of a message, by its type: a message that was accepted is not yet one that somebody sees.

import { isJson, isLayable } from './json.js'

/** Whether Prebuilt shows a flying emoji for this message. */
function isReaction(message) {
  if (!isLayable(message)) return false
  const { emojiId, senderId } = JSON.parse(message)
  return Boolean(emojiId) && Boolean(senderId)
}

/** Returns `{ isShown, text }`: whether Prebuilt shows the message, and who else can use it. `type` is '' if there is none. */
export function shownBy({ message, type }) {
  if (type === 'chat') return { isShown: true, text: 'Prebuilt shows it in its chat.' }
  if (type === '') return { isShown: false, text: 'Prebuilt does not show a message without a type: its chat shows only type “chat”.' }
  if (type === 'EMOJI_REACTION') {
    return isReaction(message)
      ? { isShown: true, text: 'Prebuilt shows it as a flying emoji.' }
      : { isShown: false, text: 'Prebuilt shows nothing: a flying emoji needs JSON with emojiId and senderId.' }
  }
  if (type === 'hms_transcript') return { isShown: false, text: '100ms’s clients reserve this type for transcripts.' }
  const hook = isJson(message)
    ? `useCustomEvent of type “${type}” gets its JSON.`
    : 'Nor can useCustomEvent read it, unless the app sets json: false: it is not JSON.'
  return { isShown: false, text: `Prebuilt does not show this type. ${hook}` }
}
