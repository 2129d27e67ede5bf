// A client behind a proxy, as tracing, reactive and mocking libraries make it; a method without its client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Client } from 'roomcast'
import { credentials, serve } from './server.mjs'

test('a proxy around a client works', async (t) => {
  const { requests, createClient } = await serve(t)
  const names = []
  const tracing = {
    get(client, name, receiver) {
      names.push(name)
      return Reflect.get(client, name, receiver)
    }
  }
  const deep = {
    get(client, name, receiver) {
      const value = Reflect.get(client, name, receiver)
      return typeof value === 'object' && value !== null ? new Proxy(value, deep) : value
    }
  }
  const binding = {
    get(client, name) {
      const value = client[name]
      return typeof value === 'function' ? value.bind(client) : value
    }
  }
  for (const handler of [{}, tracing, deep, binding]) {
    const client = new Proxy(createClient(), handler)
    assert.ok(client instanceof Client)
    await client.sendMessage('r', 'hi', { peerId: 'p' })
    await client.sendToPeer('r', 'p', 'hi')
    await client.sendToRole('r', 'host', 'hi')
    await client.broadcast('r', 'hi')
    await client.sendToPeers('r', ['p'], 'hi')
    await client.sendToRoles('r', ['host'], 'hi')
    await assert.rejects(client.sendToUser('r', '', 'hi'), { kind: 'invalid_request' })
    await assert.rejects(client.sendToUsers('r', [], 'hi'), { kind: 'invalid_request' })
    for await (const { result } of client.sendMany([{ roomId: 'r', message: 'hi' }])) assert.ok(result)
    await assert.rejects(client.listPeers('r', { role: '' }), { kind: 'invalid_request' })
    await assert.rejects(client.getRoom(''), { kind: 'invalid_request' })
    assert.match(inspect(client), /^Client \{ /)
    client.close()
    await assert.rejects(client.broadcast('r', 'hi'), { kind: 'configuration', outcome: 'not_sent' })
    await client[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]()
  }
  assert.equal(requests.length, 28)
  assert.ok(names.includes('sendToPeer'))
})

test('a proxy of a proxy, and an object that inherits from a client, work', async (t) => {
  const { requests, createClient } = await serve(t)
  await new Proxy(new Proxy(createClient(), {}), {}).broadcast('r', 'a')
  await Object.create(createClient()).broadcast('r', 'b')
  const subclass = new (class extends Client {})(credentials)
  await assert.rejects(new Proxy(subclass, {}).sendToPeer('r', '', 'c'), { kind: 'invalid_request' })
  assert.deepEqual(requests.map(({ body }) => body.message), ['a', 'b'])
})

test('a method without its client is refused, with a hint', async () => {
  const { sendToPeer, broadcast, close } = new Client(credentials)
  const hint = { kind: 'invalid_request', outcome: 'not_sent', message: /this is undefined; it takes the client: call the method on it, or bind it/ }
  await assert.rejects(sendToPeer('r', 'p', 'hi'), hint)
  await assert.rejects(broadcast('r', 'hi'), hint)
  assert.throws(close, hint)
  await assert.rejects(broadcast.call({}, 'r', 'hi'), { ...hint, message: /this is of type object/ })
})

test('the client’s own properties are hidden', () => {
  const client = new Client(credentials)
  assert.deepEqual([Object.keys(client), JSON.stringify(client), { ...client }], [[], '{}', {}])
})
