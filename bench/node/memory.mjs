import { readFileSync } from 'node:fs'

/** Resident memory in KiB: VmRSS is the current value, VmHWM the peak. */
export function memory(field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1])
}
