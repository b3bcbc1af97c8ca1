// Loaded before each process of a night: its wall clock is so many milliseconds beside the machine's. Only the
// wall clock: what is measured is measured by the steady one.
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

const SHIFT = 'NIGHT_CLOCK_SHIFT_MS'
const RealDate = Date
const shift = Number(process.env[SHIFT] ?? 0)

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + shift] : parts))
  }

  static now() {
    return RealDate.now() + shift
  }
}

// The watchdog, whoever makes the reports and the engines are started without options for Node, and have this clock all
// the same.
const { spawn } = childProcess
childProcess.spawn = (file, args, options) => {
  const isWithout = file === process.execPath && options?.env && !('NODE_OPTIONS' in options.env)
  if (!isWithout) return spawn(file, args, options)
  const env = { ...options.env, [SHIFT]: String(shift) }
  return spawn(file, ['--import', import.meta.url, ...args], { ...options, env })
}
syncBuiltinESMExports()
