// Programs that send one message. They can be pasted unchanged, for any message text.
//
// Credentials and the base URL come from HMS_ACCESS_KEY, HMS_SECRET and HMS_BASE_URL. The programs do not contain them.

import { c, call, inUrl, json, python, rust, shell } from './literals.js'

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

function fromRust(sent) {
  const format = formatOf(sent)
  const custom = !format && sent.type !== ''
  const given = [sent.room, ...target(sent)].map(rust)
  given.push(format ? `Message::${format.name}(${rust(format.text)})` : rust(sent.message))
  let send = `client.${call(METHODS[sent.to.kind], given, { indent: '    ', last: ',' })}?;`
  if (custom) {
    const to = sent.to.kind === 'everyone' ? '' : `\n        .${sent.to.kind === 'role' ? 'role' : 'peer_id'}(${target(sent).map(rust)})`
    send = `let request = Request::new(${rust(sent.room)}, ${rust(sent.message)})${to}
        .message_type(${rust(sent.type)});
    client.send_message(&request)?;`
  }
  const used = ['Client', ...(format ? ['Message'] : []), ...(custom ? ['Request'] : [])]
  return `use roomcast::${used.length > 1 ? `{${used.join(', ')}}` : used[0]};

fn main() -> Result<(), roomcast::Error> {
    let client = Client::from_env()?;
    ${send}
    Ok(())
}
`
}

/** By language: returns the program for `{ room, to, message, type }`. It omits an empty `type`. */
export const snippets = { curl, python: fromPython, node: fromNode, c: fromC, rust: fromRust }
