import { readFileSync } from 'node:fs'

/** Memory in KiB: VmRSS is what there is now, VmHWM the most that there was. */
export function memory(field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1])
}
