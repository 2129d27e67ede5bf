'use strict'

const { Client } = require('./lib/client.js')
const { RoomcastError } = require('./lib/error.js')

module.exports = { Client, RoomcastError }
