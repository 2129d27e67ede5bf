// Which certificate authorities are trusted if the system has none, and NODE_EXTRA_CA_CERTS. The shared matrix sends with them.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import tls from 'node:tls'
import { emptyDirectory, node, packageDirectory } from './tools.mjs'

const options = "{ accessKey: 'k', secret: 's', baseUrl: 'https://api.example/v2' }"
const noStore = { SSL_CERT_FILE: '/nonexistent', SSL_CERT_DIR: '' }

/** What `expression` is in a process with these variables, where `inspect` shows a client, and `Client` makes one. */
async function evaluate(expression, env) {
  const program = `
    const { Client } = require(${JSON.stringify(packageDirectory)})
    const { inspect } = require('node:util')
    console.log(${expression})`
  return (await node(['--eval', program], { env: { NODE_EXTRA_CA_CERTS: '', ...env } })).trim()
}

const inspected = (env) => evaluate(`inspect(new Client(${options}))`, env)

/** A file with the first of Node's own authorities. */
function authority(t) {
  const file = join(emptyDirectory(t), 'ca.pem')
  writeFileSync(file, tls.rootCertificates[0])
  return file
}

test('without a store Node’s own authorities are trusted', async () => {
  const roots = `roots: 'SSL_CERT_FILE (0) + tls.rootCertificates (${tls.rootCertificates.length})'`
  assert.ok((await inspected(noStore)).includes(roots), roots)
})

test('NODE_EXTRA_CA_CERTS adds to whatever is trusted', async (t) => {
  const file = authority(t)
  const extra = { NODE_EXTRA_CA_CERTS: file }
  assert.match(await inspected({ ...extra, ...noStore }), /'SSL_CERT_FILE \(0\) \+ tls.rootCertificates \(\d+\) \+ NODE_EXTRA_CA_CERTS \(1\)'/)
  assert.match(await inspected({ ...extra, ...noStore, SSL_CERT_FILE: file }), /'SSL_CERT_FILE \(1\) \+ NODE_EXTRA_CA_CERTS \(1\)'/)
  const both = `inspect(new Client({ ...${options}, caFile: ${JSON.stringify(file)} }))`
  assert.match(await evaluate(both, { ...extra, SSL_CERT_FILE: file, SSL_CERT_DIR: '' }), /'SSL_CERT_FILE \(1\) \+ NODE_EXTRA_CA_CERTS \(1\) \+ caFile \(1\)'/)
})

test('a NODE_EXTRA_CA_CERTS that cannot be read adds nothing, as in Node', async (t) => {
  const env = { ...noStore, SSL_CERT_FILE: authority(t), NODE_EXTRA_CA_CERTS: '/nonexistent' }
  assert.match(await inspected(env), /'SSL_CERT_FILE \(1\) \+ NODE_EXTRA_CA_CERTS \(0\)'/)
})

test('plain http needs no authorities', async () => {
  const client = "new Client({ accessKey: 'k', secret: 's', baseUrl: 'http://127.0.0.1:9' })"
  assert.doesNotMatch(await evaluate(`inspect(${client})`, noStore), /roots/)
})

// Their PEM has some 200 kB, and the module takes milliseconds to load.
test('Node’s own authorities are not loaded if the system has some', async (t) => {
  const isLoaded = `(new Client(${options}), process.moduleLoadList.includes('NativeModule tls'))`
  assert.equal(await evaluate(isLoaded, { ...noStore, SSL_CERT_FILE: authority(t) }), 'false')
  assert.equal(await evaluate(isLoaded, noStore), 'true')
})
