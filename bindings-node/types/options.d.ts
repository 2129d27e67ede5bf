// A client's options.

import type { Client } from './client.js'

/**
 * Options of a {@link Client}: a plain object. An option that is omitted or `undefined` comes from `process.env` or has a
 * default. `null` is a `configuration` error, as is an unknown option.
 */
export interface ClientOptions {
  /** The app's access key; requires `secret`. Default: `HMS_ACCESS_KEY`. */
  accessKey?: string | undefined
  /**
   * The app's secret. roomcast signs management tokens with it, which are valid for 24 hours, and renews them. Default:
   * `HMS_SECRET`.
   */
  secret?: string | undefined
  /** A management token, in place of `accessKey` and `secret`: roomcast cannot renew it. Default: `HMS_MANAGEMENT_TOKEN`. */
  managementToken?: string | undefined
  /**
   * The base URL of the API: https, or http for loopback and the `insecureHttpHost` only. Default: `HMS_BASE_URL`, else the
   * public API.
   * @defaultValue `https://api.100ms.live/v2`
   */
  baseUrl?: string | undefined
  /**
   * The deadline of each operation, in milliseconds: more than 0, at most 3,600,000. It includes the time in the queue, all
   * attempts and the waits between them. When it passes, the promise rejects with `timeout`.
   * @defaultValue `10000`
   */
  timeoutMs?: number | undefined
  /**
   * The maximum number of attempts of one operation: 1 to 100. Retried are failures before the message left, a 401 once with
   * a fresh token, and a 429 after the wait that it names, if that fits into `timeoutMs`.
   * @defaultValue `3`
   */
  maxAttempts?: number | undefined
  /**
   * Also retry if it is unknown whether the message was delivered. **People may then see a message twice.**
   * @defaultValue `false`
   */
  retryUnknown?: boolean | undefined
  /**
   * The maximum number of operations in flight, each on a connection: 1 to 10,000. Further ones are queued, up to 64 MiB.
   * @defaultValue `64`
   */
  maxInFlight?: number | undefined
  /**
   * The path of a PEM file with certificate authorities to trust in addition to the system's (or, if it has none, Node's) and
   * to those in `NODE_EXTRA_CA_CERTS`.
   */
  caFile?: string | undefined
  /**
   * The HTTP proxy to tunnel through, e.g. `http://user:password@proxy.example:3128`. Default: `HTTPS_PROXY`, unless
   * `NO_PROXY` names the host. Never used for loopback.
   */
  proxy?: string | undefined
  /**
   * A guard for tests: with `true`, a client whose `baseUrl` is neither on this machine nor on the `insecureHttpHost` cannot be
   * made, so that no test reaches people. The variable `ROOMCAST_ONLY_SANDBOX=1` does the same, and `false` does not cancel it.
   * @defaultValue `false`
   */
  onlySandbox?: boolean | undefined
  /**
   * The name of one host besides this machine that plain http may go to, without scheme and port: a sandbox in a network of
   * your own, such as that of docker-compose. **Everyone between sees the token, with which anybody can send into any room, and
   * all messages.** Default: `ROOMCAST_INSECURE_HTTP_HOST`.
   */
  insecureHttpHost?: string | undefined
}
