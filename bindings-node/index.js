'use strict'

const { Client } = require('./lib/client.js')
const { RoomcastError, WebhookError } = require('./lib/error.js')
const { Webhooks } = require('./lib/webhooks.js')

module.exports = { Client, RoomcastError, WebhookError, Webhooks }
