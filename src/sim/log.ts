import { writeSync } from 'node:fs'

/** Writes one line to stdout, as servers do: local time to the millisecond, level, message. */
export function log(level: 'INFO' | 'WARN' | 'ERROR', message: string): void {
  process.stdout.write(`${timestamp()} ${level.padEnd(5)} ${message}\n`)
}

/** Writes the last words to stderr and ends the process; they are out before it is gone. */
export function die(message: string): never {
  try {
    writeSync(2, `${message}\n`)
  } catch {
    // Nobody reads stderr any more: the exit code still tells.
  }
  process.exit(1)
}

function timestamp(): string {
  const now = new Date()
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, -1).replace('T', ' ')
}
