// Exports the same classes and functions as `require` gives, so that `instanceof` works across both.
import roomcast from './index.js'

export const { Client, RoomcastError, WebhookError, Webhooks, chat, event, reaction } = roomcast
