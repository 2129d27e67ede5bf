// The form that composes a message, sends it, and shows the program that sends the same message.

import { shownBy } from './notes.js'
import { body, snippets } from './snippets.js'
import { byId, makeCopying, post, showStatus } from './tools.js'

// For each language: where to run the program, and the command.
const CHECKOUT = 'in the root of the roomcast checkout'
const HOW = {
  curl: [CHECKOUT, 'export HMS_MANAGEMENT_TOKEN=$(target/release/roomcast-sandbox token management)'],
  python: [CHECKOUT, '.venv/bin/python send.py'],
  node: ['in your own project', 'npm install /path/to/roomcast/bindings-node && node send.mjs'],
  c: [CHECKOUT, 'cc send.c -o send -Ibindings-c/include -Ltarget/release -lroomcast -Wl,-rpath,$PWD/target/release && ./send'],
  rust: ['in your own project, as src/main.rs', 'cargo add roomcast --path /path/to/roomcast/core && cargo run']
}

// A type, and a message in the form that 100ms's own clients show: Prebuilt's chat, useCustomEvent, Prebuilt's flying emoji.
const EXAMPLES = {
  chat: ['chat', 'Hello from the sandbox'],
  event: ['news', '{"text":"Hello from the sandbox"}'],
  reaction: ['EMOJI_REACTION', '{"type":"EMOJI_REACTION","emojiId":"tada","senderId":"server"}']
}

export function compose(rooms) {
  const form = byId('compose')
  const [room, role, peer, type, message] = ['room', 'role', 'peer', 'type', 'message'].map(byId)
  let shownOptions = ''
  const selected = (name) => document.querySelector(`input[name="${name}"]:checked`).value

  /** Returns the first field that is incomplete, and what to do; `null` if the message can be sent. */
  function missing() {
    const to = selected('to')
    if (room.value.trim() === '') return [room, 'Name a room.']
    // Without its target, the message would go to everyone.
    if (to === 'role' && role.value.trim() === '') return [role, 'Name a role.']
    if (to === 'peer' && peer.value === '') return [peer, 'Choose a peer.']
    if (message.value.trim() === '') return [message, 'Write a message.']
    return null
  }

  function composed() {
    const kind = selected('to')
    const to = { kind, ...(kind === 'role' && { role: role.value }), ...(kind === 'peer' && { peer_id: peer.value }) }
    return { room: room.value, to, message: message.value, type: type.value }
  }

  function draw() {
    byId('role-field').hidden = selected('to') !== 'role'
    byId('peer-field').hidden = selected('to') !== 'peer'
    const { isShown, text } = shownBy({ message: message.value, type: type.value })
    byId('shown-by').textContent = text
    byId('shown-by').className = `note note-${isShown ? 'shown' : 'not-shown'}`
    const problem = missing()
    byId('program').hidden = problem !== null
    byId('incomplete').hidden = problem === null
    byId('incomplete').textContent = problem?.[1] ?? ''
    if (problem) return
    byId('snippet').textContent = snippets[selected('language')](composed())
    const [where, how] = HOW[selected('language')]
    byId('where').textContent = where
    byId('how').textContent = how
  }

  /**
   * Updates the options for the peer. The selected peer stays selected, even if it has left. It must never be replaced
   * by another peer.
   */
  function updatePeers() {
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
    // Unchanged options are not replaced, since the user may have a list open.
    const serialized = JSON.stringify([options.map((option) => [option.value, option.text]), roles])
    if (serialized === shownOptions) return
    shownOptions = serialized
    peer.replaceChildren(new Option(options.length ? 'Choose a peer' : 'No peers in this room', ''), ...options)
    peer.value = kept?.value ?? ''
    byId('roles-known').replaceChildren(...roles.map((name) => new Option(name, name)))
  }

  function clearPeers() {
    peer.replaceChildren()
    shownOptions = ''
  }

  function selectTarget(to) {
    document.querySelector(`input[name="to"][value="${to}"]`).checked = true
  }

  room.addEventListener('input', () => {
    // The peers of another room are different.
    clearPeers()
    updatePeers()
  })
  form.addEventListener('input', () => {
    showStatus(byId('sent'), '')
    draw()
  })
  document.querySelectorAll('input[name="language"]').forEach((each) => each.addEventListener('change', draw))

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const problem = missing()
    if (problem) {
      showStatus(byId('sent'), problem[1], 'error')
      problem[0].focus()
      return
    }
    const sent = composed()
    showStatus(byId('sent'), 'Sending…')
    try {
      await post(`/page/rooms/${encodeURIComponent(sent.room)}/send-message`, body(sent))
      showStatus(byId('sent'), 'Sent.', 'success')
    } catch (error) {
      showStatus(byId('sent'), error.message, 'error')
    }
  })
  document.querySelectorAll('[data-example]').forEach((each) => {
    each.addEventListener('click', () => {
      ;[type.value, message.value] = EXAMPLES[each.dataset.example]
      showStatus(byId('sent'), '')
      draw()
    })
  })
  message.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })

  makeCopying(byId('copy'), byId('copied'), () => byId('snippet').textContent)

  draw()
  return {
    roomsChanged() {
      const names = rooms.names()
      byId('rooms-known').replaceChildren(...names.map((name) => new Option(name, name)))
      if (room.value === '' && names.length > 0 && document.activeElement !== room) room.value = names[0]
      updatePeers()
      draw()
    },
    writeTo(name, one) {
      if (room.value !== name) clearPeers()
      room.value = name
      selectTarget(one ? 'peer' : 'everyone')
      updatePeers()
      if (one) peer.value = one.peer_id
      draw()
      message.focus()
      message.select()
    }
  }
}
