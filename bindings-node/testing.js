'use strict'

const { FakeClient } = require('./lib/testing/fake-client.js')
const { makeEvent, makePeer, makeWebhook } = require('./lib/testing/factories.js')
const { Sandbox, startSandbox, useSandbox } = require('./lib/testing/sandbox.js')
const { SandboxPeer } = require('./lib/testing/sandbox-peer.js')

module.exports = { FakeClient, Sandbox, SandboxPeer, makeEvent, makePeer, makeWebhook, startSandbox, useSandbox }
