// Programs for the requests that the log shows: those that send, those that query, and any other as curl.

import { isJson } from './json.js'
import { c, call, inUrl, json, python, rust, shell, visibleJson } from './literals.js'
import { snippets } from './snippets.js'

function parameters({ role = '', userId = '' }) {
  return [['user_id', userId], ['role', role]].filter(([, value]) => value !== '')
}

function fromPython({ operation, room, ...query }) {
  if (operation === 'room') {
    return `import roomcast

client = roomcast.Client()
print(client.get_room(${python(room)}).peer_ids)
`
  }
  const given = parameters(query).map(([name, value]) => `${name}=${python(value)}`)
  return `import roomcast

client = roomcast.Client()
for peer in client.list_peers(${[python(room), ...given].join(', ')}):
    print(peer.peer_id, peer.name, peer.role)
`
}

function fromNode({ operation, room, ...query }) {
  if (operation === 'room') {
    return `import { Client } from 'roomcast'

const client = new Client()
const { peerIds } = await client.getRoom(${json(room)})
console.log(peerIds)
`
  }
  const given = parameters(query).map(([name, value]) => `${name === 'role' ? name : 'userId'}: ${json(value)}`)
  return `import { Client } from 'roomcast'

const client = new Client()
for (const { peerId, name, role } of await client.listPeers(${json(room)}${given.length ? `, { ${given.join(', ')} }` : ''})) {
  console.log(peerId, name, role)
}
`
}

function fromRust({ operation, room, ...query }) {
  const print = 'println!("{} {} {}", peer.peer_id, peer.name, peer.role);'
  const given = parameters(query).map(([name, value]) => `.${name}(${rust(value)})`)
  const [used, run] = operation === 'room'
    ? ['Client', `println!("{:?}", client.get_room(${rust(room)})?.peer_ids);`]
    : ['{Client, PeerQuery}', `for peer in client.list_peers(&PeerQuery::new(${rust(room)})${given.join('')})? {
        ${print}
    }`]
  return `use roomcast::${used};

fn main() -> Result<(), roomcast::Error> {
    let client = Client::from_env()?;
    ${run}
    Ok(())
}
`
}

function fromC({ operation, room, role, userId }) {
  if ([room, role ?? '', userId ?? ''].some((text) => text.includes('\0'))) {
    return '/* This query contains a NUL character, which ends a string in C: it cannot be made from C. */\n'
  }
  const isRoom = operation === 'room'
  const [type, variable] = isRoom ? ['roomcast_room', 'room'] : ['roomcast_peers', 'peers']
  const [name, of] = isRoom
    ? ['roomcast_get_room', []]
    : userId !== ''
      ? ['roomcast_list_peers_of_user', [c(userId)]]
      : role !== ''
        ? ['roomcast_list_peers_of_role', [c(role)]]
        : ['roomcast_list_peers', []]
  const both = !isRoom && userId !== '' && role !== ''
  const options = both ? `    roomcast_list_options options = ROOMCAST_LIST_OPTIONS_INIT;

    options.role = ${c(role)};
` : ''
  const given = ['client', c(room), ...of, both ? '&options' : 'NULL', `&${variable}`, '&error']
  const [count, print] = isRoom
    ? ['roomcast_room_peer_count', 'printf("%s\\n", roomcast_room_peer_id(room, i));']
    : ['roomcast_peers_count', 'printf("%s %s\\n", roomcast_peers_peer_id(peers, i), roomcast_peers_role(peers, i));']
  return `#include <roomcast.h>
#include <stdio.h>

int main(void) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    ${type} *${variable} = NULL;
    roomcast_status status;
    size_t i;
${options}
    status = roomcast_client_new(NULL, &client, &error);
    if (status == ROOMCAST_OK) {
        status = ${call(name, given, { indent: '        ' })};
    }
    if (status != ROOMCAST_OK) {
        fprintf(stderr, "%s\\n", roomcast_error_message(error));
    }
    for (i = 0; i < ${count}(${variable}); i++) {
        ${print}
    }
    ${type}_free(${variable});
    roomcast_error_free(error);
    roomcast_client_free(client);
    return status == ROOMCAST_OK ? 0 : 1;
}
`
}

/** The request as it was, with a management token from the environment. */
function curl({ method, path, body }) {
  // The page's own request is one to the server API.
  const [, rest] = /^\/(?:v2|page)(.*)$/.exec(path.replace(/^\/page\/rooms\//, '/page/active-rooms/')) ?? [null, path]
  const url = rest.replace(/[^\w\-.~:/?#@!&()*+,;=%]/g, inUrl)
  const shown = isJson(body) ? visibleJson(body) : body
  const lines = [`curl ${method === 'GET' || method === 'POST' && body !== '' ? '' : `-X ${method} `}"$HMS_BASE_URL"${shell(url)}`]
  lines.push('  -H "Authorization: Bearer $HMS_MANAGEMENT_TOKEN"')
  if (body !== '') lines.push('  -H "Content-Type: application/json"', `  --data-raw ${shell(shown)}`)
  return `${lines.join(' \\\n')}\n`
}

const queries = { python: fromPython, node: fromNode, c: fromC, rust: fromRust }

/** The same as a recorded request, in code. `read` is what `readRequest` returned for it. */
export function codeOf(language, request, read) {
  const comment = { curl: '#', python: '#' }[language] ?? '//'
  if (new TextEncoder().encode(request.body).length < request.body_bytes) {
    return `${comment} Of this body only the beginning is kept.\n`
  }
  if (language === 'curl') return curl(request)
  if (read.operation === 'send' && read.sent) return snippets[language](read.sent)
  if (read.operation === 'list' || read.operation === 'room') return queries[language](read)
  return `${comment} roomcast makes no such request. curl shows it as it was.\n`
}
