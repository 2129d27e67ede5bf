// Exports the same classes as `require` gives, so that `instanceof` works across both.
import roomcast from './index.js'

export const { Client, RoomcastError, WebhookError, Webhooks } = roomcast
