export * from './types/testing/fake-client.js'
export * from './types/testing/sandbox.js'
export * from './types/testing/factories.js'
