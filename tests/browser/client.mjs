// A page that uses the 100ms web client, with functions for the test.

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
  notifyListeners()
})
// The client adds a message to its store some time after the notification.
store.subscribe(notifyListeners, selectHMSMessages)
store.subscribe(notifyListeners, selectPeers)

function notifyListeners() {
  listeners.forEach((listener) => listener())
}

/** Waits until a condition on the client's state holds. */
function until(what, is, hang) {
  return new Promise((resolve, reject) => {
    const end = setTimeout(() => reject(new Error(`timed out waiting for ${what}`)), hang)
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

/** The fields of a message that a page can read. */
function seen({ id, message, type, sender, senderName, senderUserId, senderRole, recipientPeer, recipientRoles }) {
  return { id, message, type, sender, senderName, senderUserId, senderRole, recipientPeer, recipientRoles }
}

window.client = {
  async join(endpoint, authToken, userName) {
    // The client fails with a plain http endpoint unless the URL contains `https://`.
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
  /** The messages of the notifications, and those in the client's store. */
  messages: () => ({ notified: notified.map(seen), stored: store.getState(selectHMSMessages).map(seen) }),
  until: (text, hang) => until(text, () => store.getState(selectHMSMessages).some(({ message }) => message === text), hang),
  untilPeers: (number, hang) => until(`${number} peers`, () => store.getState(selectPeers).length === number, hang),
  untilState: (state, hang) => until(state, () => states.includes(state), hang),
  leave: () => actions.leave()
}
