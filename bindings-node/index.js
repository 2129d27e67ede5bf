'use strict'

const { Client } = require('./lib/client.js')
const { RoomcastError, WebhookError } = require('./lib/error.js')
const { chat, event, reaction } = require('./lib/message.js')
const { Webhooks } = require('./lib/webhooks.js')

module.exports = { Client, RoomcastError, WebhookError, Webhooks, chat, event, reaction }
