// Prints the time and memory of idle clients: `idle.mjs <base URL>`; see rust/src/idle.rs.
import { Client } from '../../bindings-node/index.mjs'
import { memory } from './memory.mjs'

const MANY = 256

/** Seconds to create a client, and KiB of memory per client. */
function create(baseUrl) {
  const [before, clients, times] = [memory('VmRSS'), [], []]
  for (let i = 0; i < MANY; i++) {
    const began = performance.now()
    clients.push(new Client({ baseUrl }))
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  return [times[MANY / 2] / 1000, (memory('VmRSS') - before) / clients.length]
}

const [plain, plainKib] = create(process.argv[2])
const [https, httpsKib] = create('https://api.100ms.live/v2')
console.log(JSON.stringify({ plain_s: plain, plain_kib: plainKib, https_s: https, https_kib: httpsKib }))
