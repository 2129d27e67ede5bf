// A page with 100ms's own web client in it, which tells the test what the client says.

import {
  HMSLogLevel,
  HMSNotificationTypes,
  HMSReactiveStore,
  selectHMSMessages,
  selectIsConnectedToRoom,
  selectLocalPeer,
  selectPeers
} from '@100mslive/hms-video-store'

const hms = new HMSReactiveStore()
const actions = hms.getActions()
const store = hms.getStore()
hms.triggerOnSubscribe()
actions.setLogLevel(HMSLogLevel.NONE)

const notified = []
const states = []
const listeners = new Set()
hms.getNotifications().onNotification(({ type, data }) => {
  if (type === HMSNotificationTypes.NEW_MESSAGE) notified.push(data)
  if (type === HMSNotificationTypes.RECONNECTING || type === HMSNotificationTypes.RECONNECTED) states.push(type)
  tell()
})
// The client puts messages into its store a little later than it tells of them.
store.subscribe(tell, selectHMSMessages)
store.subscribe(tell, selectPeers)

function tell() {
  listeners.forEach((listener) => listener())
}

/** Waits for a thing that the client tells of. */
function until(what, is, hang) {
  return new Promise((resolve, reject) => {
    const end = setTimeout(() => reject(new Error(`${what} does not come`)), hang)
    const look = () => {
      if (!is()) return
      clearTimeout(end)
      listeners.delete(look)
      resolve()
    }
    listeners.add(look)
    look()
  })
}

/** What a page that uses the client can see of a message. */
function seen({ id, message, type, sender, senderName, senderUserId, senderRole, recipientPeer, recipientRoles }) {
  return { id, message, type, sender, senderName, senderUserId, senderRole, recipientPeer, recipientRoles }
}

window.client = {
  async join(endpoint, authToken, userName) {
    // Without `https://` in it, the client stumbles over an endpoint of plain http.
    const initEndpoint = `${endpoint}/?https://local`
    await actions.join({ authToken, userName, initEndpoint, settings: { isAudioMuted: true, isVideoMuted: true } })
    await new Promise((resolve) => {
      const check = () => store.getState(selectIsConnectedToRoom) && resolve()
      store.subscribe(check, selectIsConnectedToRoom)
      check()
    })
    return store.getState(selectLocalPeer).id
  },
  peers: () => store.getState(selectPeers).map(({ id, name, roleName, isLocal }) => ({ id, name, roleName, isLocal })),
  /** What was told to the page as it came, and what the client keeps. */
  messages: () => ({ notified: notified.map(seen), kept: store.getState(selectHMSMessages).map(seen) }),
  until: (text, hang) => until(text, () => store.getState(selectHMSMessages).some(({ message }) => message === text), hang),
  untilPeers: (number, hang) => until(`${number} peers`, () => store.getState(selectPeers).length === number, hang),
  untilState: (state, hang) => until(state, () => states.includes(state), hang),
  leave: () => actions.leave()
}
