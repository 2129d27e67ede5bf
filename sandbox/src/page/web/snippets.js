// Programs that send one message. They can be pasted unchanged, for any message text.
//
// Credentials and the base URL come from HMS_ACCESS_KEY, HMS_SECRET and HMS_BASE_URL. The programs do not contain them.

// Characters that are invisible or change how text looks: controls, direction marks, unusual line ends. Joiners are not
// escaped, since they are part of emoji.
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

const hex = (number, digits) => number.toString(16).padStart(digits, '0')

/** A JSON literal, which is also a JavaScript literal. */
function json(value) {
  const units = (text) => text.split('').map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join('')
  return JSON.stringify(value).replace(INVISIBLE, units)
}

function python(text) {
  const escaped = (found) => {
    const code = found.codePointAt(0)
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
  }
  return JSON.stringify(text).replace(INVISIBLE, escaped)
}

function c(text) {
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

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`

// Between double quotes, a shell treats none of the resulting characters specially.
const inUrl = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${hex(found.charCodeAt(0), 2).toUpperCase()}`)

/** The body of the API request. Fields that do not apply are omitted. */
export function body({ message, to, type }) {
  return {
    message,
    ...(to.kind === 'peer' && { peer_id: to.peer_id }),
    ...(to.kind === 'role' && { role: to.role }),
    ...(type !== '' && { type })
  }
}

function curl(sent) {
  return `curl "$HMS_BASE_URL/active-rooms/${inUrl(sent.room)}/send-message" \\
  -H "Authorization: Bearer $HMS_MANAGEMENT_TOKEN" \\
  -H "Content-Type: application/json" \\
  --data-raw ${shell(json(body(sent)))}
`
}

const METHODS = { everyone: 'broadcast', role: 'send_to_role', peer: 'send_to_peer' }
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const target = ({ to }) => (to.kind === 'everyone' ? [] : [to.kind === 'role' ? to.role : to.peer_id])

/** The message in a format of 100ms's own clients, if it is one: a chat line, or a flying emoji of Prebuilt. */
function formatOf({ message, type }) {
  if (type === 'chat') return { name: 'chat', text: message }
  if (type !== 'EMOJI_REACTION') return null
  try {
    const { emojiId } = JSON.parse(message)
    const same = message === JSON.stringify({ type, emojiId, senderId: 'server' })
    return same && typeof emojiId === 'string' && emojiId !== '' ? { name: 'reaction', text: emojiId } : null
  } catch {
    return null
  }
}

/** A call on one line, or with one argument per line if it is long. */
function call(name, given, { indent = '', last = '' } = {}) {
  const short = `${name}(${given.join(', ')})`
  if (short.length <= 60) return short
  return `${name}(\n${given.map((each) => `${indent}    ${each}`).join(',\n')}${last}\n${indent})`
}

function fromPython(sent) {
  const given = [sent.room, ...target(sent)].map(python)
  const format = formatOf(sent)
  given.push(format ? `roomcast.${format.name}(${python(format.text)})` : python(sent.message))
  if (!format && sent.type !== '') given.push(`type=${python(sent.type)}`)
  return `import roomcast

client = roomcast.Client()
${call(`client.${METHODS[sent.to.kind]}`, given, { last: ',' })}
`
}

function fromNode(sent) {
  const given = [sent.room, ...target(sent)].map(json)
  const format = formatOf(sent)
  given.push(format ? `${format.name}(${json(format.text)})` : json(sent.message))
  if (!format && sent.type !== '') given.push(`{ type: ${json(sent.type)} }`)
  return `import { Client${format ? `, ${format.name}` : ''} } from 'roomcast'

const client = new Client()
await ${call(`client.${camel(METHODS[sent.to.kind])}`, given)}
`
}

function fromC(sent) {
  const all = [sent.room, ...target(sent), sent.message, sent.type]
  if (all.some((text) => text.includes('\0'))) {
    return '/* This message contains a NUL character, which ends a string in C: it cannot be sent from C. */\n'
  }
  const typed = sent.type !== ''
  const format = formatOf(sent)
  const option = format ? `format = ROOMCAST_FORMAT_${format.name.toUpperCase()}` : `type = ${c(sent.type)}`
  const options = `    roomcast_send_options options = ROOMCAST_SEND_OPTIONS_INIT;

    options.${option};
`
  const texts = [sent.room, ...target(sent), format ? format.text : sent.message].map(c)
  const given = ['client', ...texts, typed ? '&options' : 'NULL', '&error']
  return `#include <roomcast.h>
#include <stdio.h>

int main(void) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_status status;
${typed ? options : ''}
    status = roomcast_client_new(NULL, &client, &error);
    if (status == ROOMCAST_OK) {
        status = ${call(`roomcast_${METHODS[sent.to.kind]}`, given, { indent: '        ' })};
    }
    if (status != ROOMCAST_OK) {
        fprintf(stderr, "%s\\n", roomcast_error_message(error));
    }
    roomcast_error_free(error);
    roomcast_client_free(client);
    return status == ROOMCAST_OK ? 0 : 1;
}
`
}

/** By language: returns the program for `{ room, to, message, type }`. It omits an empty `type`. */
export const snippets = { curl, python: fromPython, node: fromNode, c: fromC }
