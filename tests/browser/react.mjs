// A page that mounts hooks of 100ms's React SDK, with the conditions under which 100ms's Prebuilt shows messages.

import {
  HMSLogLevel,
  HMSRoomProvider,
  selectHMSMessages,
  selectIsConnectedToRoom,
  selectLocalPeerID,
  selectPeerNameByID,
  useCustomEvent,
  useHMSActions,
  useHMSStore,
  useHMSVanillaStore
} from '@100mslive/react-sdk'
import { createElement, useCallback, useEffect } from 'react'
import { createRoot } from 'react-dom/client'

/** By event name: what `onEvent` was called with, and what `handleError` was. */
const events = {}
const errors = {}
const add = (lists, name, value) => (lists[name] ??= []).push(value)

/** The lines of the chat: `100mslive/web-sdks`, roomkit-react 0.6.1, `Chat/ChatBody.tsx` and `PIP/PIPChat.tsx`. */
function Chat() {
  const lines = useHMSStore(selectHMSMessages).filter((message) => message.type === 'chat')
  return createElement('ul', { id: 'chat' }, lines.map(({ id, message }) => createElement('li', { key: id }, message)))
}

function Listener({ type }) {
  const onEvent = useCallback((data) => add(events, type, data), [type])
  const handleError = useCallback((error) => add(errors, type, error.name), [type])
  useCustomEvent({ type, onEvent, handleError })
  return null
}

/** The emojis that fly: `100mslive/web-sdks`, roomkit-react 0.6.1, `plugins/FlyingEmoji.jsx`. */
function FlyingEmojis() {
  const store = useHMSVanillaStore()
  const localPeerId = useHMSStore(selectLocalPeerID)
  const onEvent = useCallback(({ emojiId, senderId }) => {
    if (!emojiId || !senderId || document.hidden) return
    const name = senderId === localPeerId ? 'You' : store.getState(selectPeerNameByID(senderId))
    add(events, 'flying', { emojiId, name: name ?? null })
  }, [store, localPeerId])
  const handleError = useCallback((error) => add(errors, 'flying', error.name), [])
  useCustomEvent({ type: 'EMOJI_REACTION', onEvent, handleError })
  return null
}

/** Gives the test functions, once the hooks are mounted. */
function Controls() {
  const actions = useHMSActions()
  const store = useHMSVanillaStore()
  useEffect(() => {
    actions.setLogLevel(HMSLogLevel.NONE)
    window.peer = {
      async join(endpoint, authToken, userName) {
        // The client fails with a plain http endpoint unless the URL contains `https://`.
        const initEndpoint = `${endpoint}/?https://local`
        await actions.join({ authToken, userName, initEndpoint, settings: { isAudioMuted: true, isVideoMuted: true } })
        await new Promise((resolve) => {
          const check = () => store.getState(selectIsConnectedToRoom) && resolve()
          store.subscribe(check, selectIsConnectedToRoom)
          check()
        })
        return store.getState(selectLocalPeerID)
      },
      seen: () => ({ events, errors })
    }
  }, [actions, store])
  return null
}

const listeners = ['deal', 'custom_event'].map((type) => createElement(Listener, { type, key: type }))
const page = createElement(HMSRoomProvider, null, createElement(Chat), listeners, createElement(FlyingEmojis), createElement(Controls))
createRoot(document.getElementById('root')).render(page)
