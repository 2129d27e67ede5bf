// "Start demo room": four simulated peers, seated by the sandbox and shown as phones.

import { byId, request, showStatus } from './tools.js'

/** Calls `onStart(room)` when the peers are seated. */
export function demoRoom(rooms, { onStart }) {
  const button = byId('demo')
  const status = byId('demo-status')
  let isStarted = false

  button.addEventListener('click', async () => {
    const starts = !isStarted
    showStatus(status, '')
    button.disabled = true
    try {
      const { room_id: room } = await request(starts ? 'POST' : 'DELETE', '/page/demo-room')
      if (starts) onStart(room)
    } catch (error) {
      showStatus(status, error.message, 'error')
    }
    button.disabled = false
    if (!starts) button.focus()
  })

  return {
    roomsChanged() {
      isStarted = rooms.demos().length > 0
      button.textContent = isStarted ? 'End demo room' : 'Start demo room'
    }
  }
}
