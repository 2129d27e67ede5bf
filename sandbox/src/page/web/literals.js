// Literals of any text, in each language of the programs that the page shows, and calls laid out.

// Characters that are invisible or change how text looks: controls, direction marks, unusual line ends. Joiners are not
// escaped, since they are part of emoji.
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/** Whether a text has only characters that are seen, and no quote or backslash. */
export const isVisible = (text) => text.search(INVISIBLE) < 0 && !/["\\]/.test(text)

const hex = (number, digits) => number.toString(16).padStart(digits, '0')

/** A JSON literal, which is also a JavaScript literal. */
export function json(value) {
  const units = (text) => text.split('').map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join('')
  return JSON.stringify(value).replace(INVISIBLE, units)
}

/** JSON as it was written; characters that are invisible or change how text looks are escaped. */
export const visibleJson = (text) => text.replace(INVISIBLE, (found) => (/[\t\n\r]/.test(found) ? found : json(found).slice(1, -1)))

export function python(text) {
  const escaped = (found) => {
    const code = found.codePointAt(0)
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
  }
  return JSON.stringify(text).replace(INVISIBLE, escaped)
}

export function c(text) {
  const octal = (found) =>
    Array.from(new TextEncoder().encode(found), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  const named = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }
  const escaped = text
    .replace(/["\\\n\t\r]/g, (found) => named[found])
    // Two question marks start a trigraph.
    .replace(/\?(?=\?)/g, '?\\')
    .replace(INVISIBLE, octal)
  return `"${escaped}"`
}

export function rust(text) {
  const named = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }
  const escaped = text
    .replace(/["\\\n\t\r]/g, (found) => named[found])
    .replace(INVISIBLE, (found) => `\\u{${hex(found.codePointAt(0), 1)}}`)
  return `"${escaped}"`
}

export const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`

// Between double quotes, a shell treats none of the resulting characters specially.
export const inUrl = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${hex(found.charCodeAt(0), 2).toUpperCase()}`)

/** A call on one line, or with one argument per line if it is long. */
export function call(name, given, { indent = '', last = '' } = {}) {
  const short = `${name}(${given.join(', ')})`
  if (short.length <= 60) return short
  return `${name}(\n${given.map((each) => `${indent}    ${each}`).join(',\n')}${last}\n${indent})`
}
