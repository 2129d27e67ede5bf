// roomcast/testing in Jest's own modules, with its fake timers, and in Vitest's threads and processes, from TypeScript.
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyDirectory, node, packageDirectory, sandboxProgram } from './tools.mjs'

// Those of the example are in its lock file.
const modules = join(packageDirectory, '../examples/cards/node/node_modules')
const env = { ROOMCAST_SANDBOX: process.env.ROOMCAST_SANDBOX ?? sandboxProgram, CI: '1' }

function project(t, name, text) {
  const directory = emptyDirectory(t)
  symlinkSync(modules, join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{"jest":{"transform":{}}}')
  writeFileSync(join(directory, name), text)
  return directory
}

test('Jest, with CommonJS', async (t) => {
  const directory = project(t, 'a.test.js', `
    const { FakeClient, makeEvent, useSandbox } = require('roomcast/testing')
    const { Client, RoomcastError } = require('roomcast')

    test('a fake client', async () => {
      jest.useFakeTimers()
      const client = new FakeClient()
      expect(client).toBeInstanceOf(Client)
      const ann = client.join('room', { userId: 'ann' })
      expect(await client.listPeers('room')).toEqual([ann])
      await client.sendToPeer('room', ann.peerId, { a: [1] })
      expect(client.sent).toEqual([{ roomId: 'room', peerId: ann.peerId, message: '{"a":[1]}' }])
      client.failNext(429, { attempts: 1, retryAfterMs: 5000 })
      await client.broadcast('room', 'hi')
      client.failNext('unknown')
      await expect(client.broadcast('room', 'hi')).rejects.toMatchObject({ outcome: 'unknown' })
      await expect(client.sendToPeer('room', undefined, 'hi')).rejects.toThrow(RoomcastError)
      expect(makeEvent('peer.join.success', { userId: 'ann' }).userId).toBe('ann')
      jest.useRealTimers()
    })

    const sandbox = useSandbox(globalThis)
    test('a sandbox', async () => {
      jest.useFakeTimers()
      const ann = await sandbox().join('room', { userId: 'ann' })
      await sandbox().client().broadcast('room', 'hi')
      expect(await ann.received()).toMatchObject([{ message: 'hi' }])
      await ann.expectNothing()
      expect(() => new Client({ accessKey: 'k', secret: 's' })).toThrow(RoomcastError)
      jest.useRealTimers()
    })`)
  await node([join(modules, 'jest/bin/jest.js'), '--rootDir', directory], { cwd: directory, env })
})

for (const pool of ['threads', 'forks']) {
  test(`Vitest, in ${pool}`, async (t) => {
    const directory = project(t, 'a.test.mts', `
      import { FakeClient, startSandbox } from 'roomcast/testing'
      import { expect, test, vi } from 'vitest'

      test('a fake client', async () => {
        const client = new FakeClient()
        await client.broadcast('room', 'hi')
        expect(client.sent).toStrictEqual([{ roomId: 'room', message: 'hi' }])
      })

      test('a sandbox', async () => {
        vi.useFakeTimers()
        await using sandbox = await startSandbox()
        const ann = await sandbox.join('room')
        await sandbox.client().broadcast('room', 'hi')
        expect(await ann.received()).toMatchObject([{ message: 'hi' }])
        await ann.expectNothing()
        vi.useRealTimers()
      })

      // It ends with the worker.
      test('a sandbox that nobody stops', async () => void (await startSandbox()))`)
    await node([join(modules, 'vitest/vitest.mjs'), 'run', `--pool=${pool}`], { cwd: directory, env })
  })
}
