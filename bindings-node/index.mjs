// The same classes as `require` gives, so that `instanceof` holds across both.
import roomcast from './index.js'

export const { Client, RoomcastError, WebhookError, Webhooks } = roomcast
