// A message that a person composes: sent from here, or from a program.

import { body, snippets } from './snippets.js'
import { ask, byId, say } from './tools.js'

// Where a program is run, and how.
const CHECKOUT = "at the root of roomcast's checkout"
const HOW = {
  curl: [CHECKOUT, 'export HMS_MANAGEMENT_TOKEN=$(target/release/roomcast-sandbox token management)'],
  python: [CHECKOUT, '.venv/bin/python send.py'],
  node: ['in a project of yours', 'npm install /path/to/roomcast/bindings-node && node send.mjs'],
  c: [CHECKOUT, 'cc send.c -o send -Ibindings-c/include -Ltarget/release -lroomcast -Wl,-rpath,$PWD/target/release && ./send']
}

export function compose(rooms) {
  const form = byId('compose')
  const [room, role, peer, type, message] = ['room', 'role', 'peer', 'type', 'message'].map(byId)
  let offered = ''
  const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value

  /** What is still missing, and where; then nothing is sent. */
  function missing() {
    const to = chosen('to')
    if (room.value.trim() === '') return [room, 'Name a room.']
    // Without its target a message would go to everyone.
    if (to === 'role' && role.value.trim() === '') return [role, 'Name a role.']
    if (to === 'peer' && peer.value === '') return [peer, 'Choose a peer.']
    if (message.value.trim() === '') return [message, 'Write a message.']
    return null
  }

  function composed() {
    const kind = chosen('to')
    const to = { kind, ...(kind === 'role' && { role: role.value }), ...(kind === 'peer' && { peer_id: peer.value }) }
    return { room: room.value, to, message: message.value, type: type.value }
  }

  function draw() {
    byId('role-field').hidden = chosen('to') !== 'role'
    byId('peer-field').hidden = chosen('to') !== 'peer'
    const lacks = missing()
    byId('program').hidden = lacks !== null
    byId('incomplete').hidden = lacks === null
    byId('incomplete').textContent = lacks?.[1] ?? ''
    if (lacks) return
    byId('snippet').textContent = snippets[chosen('language')](composed())
    const [where, how] = HOW[chosen('language')]
    byId('where').textContent = where
    byId('how').textContent = how
  }

  /** The peers of the room. Whoever is chosen stays chosen, even when gone: never does another take their place. */
  function offerPeers() {
    const kept = peer.selectedOptions[0]
    const options = rooms.peers(room.value).map(({ peer_id: id, name, user_id: user, role: its }) => {
      const option = new Option(`${name || user} (${its})`, id)
      option.dataset.name = name || user
      return option
    })
    if (kept?.value && !options.some((option) => option.value === kept.value)) {
      const gone = new Option(`${kept.dataset.name} (not in the room)`, kept.value)
      gone.dataset.name = kept.dataset.name
      options.push(gone)
    }
    const roles = [...new Set(rooms.peers(room.value).map((each) => each.role))].sort()
    // Lists that are open stay as they are as long as nothing in them changes.
    const offer = JSON.stringify([options.map((option) => [option.value, option.text]), roles])
    if (offer === offered) return
    offered = offer
    peer.replaceChildren(new Option(options.length ? 'Choose a peer' : 'Nobody is in this room', ''), ...options)
    peer.value = kept?.value ?? ''
    byId('roles-known').replaceChildren(...roles.map((name) => new Option(name, name)))
  }

  function forgetPeers() {
    peer.replaceChildren()
    offered = ''
  }

  function choose(to) {
    document.querySelector(`input[name="to"][value="${to}"]`).checked = true
  }

  room.addEventListener('input', () => {
    // Another room has other peers.
    forgetPeers()
    offerPeers()
  })
  form.addEventListener('input', () => {
    say(byId('sent'), '')
    draw()
  })
  document.querySelectorAll('input[name="language"]').forEach((each) => each.addEventListener('change', draw))

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const lacks = missing()
    if (lacks) {
      say(byId('sent'), lacks[1], 'bad')
      lacks[0].focus()
      return
    }
    const sent = composed()
    say(byId('sent'), 'Sending…')
    try {
      await ask(`/page/rooms/${encodeURIComponent(sent.room)}/send-message`, body(sent))
      say(byId('sent'), 'Sent.', 'good')
    } catch (error) {
      say(byId('sent'), error.message, 'bad')
    }
  })
  message.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })

  // Only pages at this machine, or over https, may write to the clipboard.
  byId('copy').hidden = !navigator.clipboard
  byId('copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(byId('snippet').textContent)
      say(byId('copied'), 'Copied.', 'good')
    } catch {
      say(byId('copied'), 'The browser does not allow it.', 'bad')
    }
  })

  draw()
  return {
    roomsChanged() {
      const names = rooms.names()
      byId('rooms-known').replaceChildren(...names.map((name) => new Option(name, name)))
      if (room.value === '' && names.length > 0 && document.activeElement !== room) room.value = names[0]
      offerPeers()
      draw()
    },
    writeTo(name, one) {
      if (room.value !== name) forgetPeers()
      room.value = name
      choose(one ? 'peer' : 'everyone')
      offerPeers()
      if (one) peer.value = one.peer_id
      draw()
      message.focus()
      message.select()
    }
  }
}
