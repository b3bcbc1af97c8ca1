// Loaded before a process: its wall clock is an hour behind from the moment on in which a file is there.
import { existsSync } from 'node:fs'

const HOUR_MS = 3_600_000
const RealDate = Date
let behind = 0

function now() {
  if (behind === 0 && existsSync(process.env.CLOCK_SET_BACK ?? '')) behind = HOUR_MS
  return RealDate.now() - behind
}

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts))
  }

  static now() {
    return now()
  }
}
