// JSON, laid out for people. The tokens stay as they were written, also numbers and members given twice; but characters
// that can be seen are not escaped.

import { isVisible } from './literals.js'
import { element } from './tools.js'

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
/** Deeper values are not laid out, since the indentation alone would fill the page. */
const MAX_DEPTH = 24

export function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether a text is a JSON object or array. */
export const isLayable = (text) => /^\s*[{[]/.test(text) && isJson(text)

/** An escape, or two that are one character. */
const ESCAPE = /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\./g

const readable = (token) =>
  token.replace(ESCAPE, (found) => {
    const character = found.startsWith('\\u') ? JSON.parse(`"${found}"`) : '\\'
    return isVisible(character) ? character : found
  })

/** Returns the lines of a JSON object or array as nodes; `null` for any other text. */
export function layOut(text) {
  if (!isLayable(text)) return null
  const tokens = text.match(TOKENS)
  const made = []
  let depth = 0
  const newLine = () => made.push(`\n${'  '.repeat(depth)}`)
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]
    if (token === '{' || token === '[') {
      made.push(token)
      // An empty object or array stays on its line.
      if (next === '}' || next === ']') continue
      depth += 1
      if (depth > MAX_DEPTH) return null
      newLine()
    } else if (token === '}' || token === ']') {
      const before = tokens[index - 1]
      if (before !== '{' && before !== '[') {
        depth -= 1
        newLine()
      }
      made.push(token)
    } else if (token === ',') {
      made.push(token)
      newLine()
    } else if (token === ':') {
      made.push(': ')
    } else {
      const kind = next === ':' ? 'key' : token.startsWith('"') ? 'string' : 'value'
      made.push(element('span', { class: `json-${kind}` }, readable(token)))
    }
  }
  return made
}

/** A block with a text, laid out if it is JSON. */
export function codeBlock(text, label) {
  const block = element('pre', { tabindex: '0', 'aria-label': label })
  block.append(element('code', { dir: 'auto' }, ...(layOut(text) ?? [text])))
  return block
}
