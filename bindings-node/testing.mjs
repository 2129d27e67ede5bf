// Exports the same classes and functions as `require` gives, so that `instanceof` works across both.
import testing from './testing.js'

export const { FakeClient, Sandbox, SandboxPeer, makeEvent, makePeer, makeWebhook, startSandbox, useSandbox } = testing
