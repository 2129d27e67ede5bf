'use strict'

const { Client } = require('../client.js')
const { Control } = require('./control.js')
const { Program, findProgram } = require('./program.js')
const { SandboxPeer } = require('./sandbox-peer.js')

const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')

/** Documented in `types/testing/sandbox.d.ts`. */
class Sandbox {
  #program
  #ready
  #control
  #clients = []

  constructor(program, ready) {
    this.#program = program
    this.#ready = ready
    this.#control = new Control(ready)
  }

  get url() {
    return this.#ready.url
  }

  get clientOptions() {
    const { base_url: baseUrl, access_key: accessKey, secret, ca_file: caFile } = this.#ready
    return { baseUrl, accessKey, secret, onlySandbox: true, ...(caFile !== null && { caFile }) }
  }

  get environment() {
    const { baseUrl, accessKey, secret, caFile } = this.clientOptions
    const environment = { HMS_BASE_URL: baseUrl, HMS_ACCESS_KEY: accessKey, HMS_SECRET: secret, ROOMCAST_ONLY_SANDBOX: '1' }
    return caFile === undefined ? environment : { ...environment, NODE_EXTRA_CA_CERTS: caFile }
  }

  client(options) {
    const client = new Client({ ...this.clientOptions, ...options })
    this.#clients.push(client)
    return client
  }

  async join(roomId, peer = {}) {
    const joined = await this.#control.request('POST', `/rooms/${encodeURIComponent(roomId)}/peers`, peer)
    return new SandboxPeer(this.#control, joined)
  }

  async requests() {
    return (await this.#control.request('GET', '/requests')).requests.map(withTime)
  }

  async fault(fault) {
    const { id } = await this.#control.request('POST', '/faults', fault)
    return { id, remove: async () => void (await this.#control.request('DELETE', `/faults/${id}`)) }
  }

  async clearFaults() {
    await this.#control.request('DELETE', '/faults')
  }

  async webhook(type, event = {}) {
    return await this.#control.request('POST', '/webhooks', { ...event, type })
  }

  async setWebhookTarget(url, headers = {}) {
    await this.#control.request('PUT', '/webhook-target', { url, headers })
  }

  async reset() {
    await this.#control.request('DELETE', '')
  }

  async stop() {
    for (const client of this.#clients) client.close()
    await this.#program.stop()
  }

  async [asyncDispose]() {
    await this.stop()
  }
}

function withTime(record) {
  return { ...record, time: new Date(record.time) }
}

/** Documented in `types/testing/sandbox.d.ts`. */
async function startSandbox({ program = findProgram(), tls = false, args = [] } = {}) {
  // Whatever else this process makes, its messages cannot reach people.
  process.env.ROOMCAST_ONLY_SANDBOX = '1'
  const running = new Program(program, tls ? ['--tls', ...args] : args)
  return new Sandbox(running, await running.ready())
}

/** Documented in `types/testing/sandbox.d.ts`. */
function useSandbox(runner, options) {
  let sandbox
  const { before = runner.beforeAll, after = runner.afterAll, beforeEach } = runner
  before(async () => (sandbox = await startSandbox(options)))
  beforeEach(() => sandbox.reset())
  after(() => sandbox?.stop())
  return () => {
    if (sandbox === undefined) throw new Error('the sandbox is started before the first test: call this in a test or in beforeEach')
    return sandbox
  }
}

module.exports = { Sandbox, startSandbox, useSandbox }
