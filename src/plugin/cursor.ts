const SHOW_CURSOR = '\u{1b}[?25h'
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

let isKept = false

/**
 * Vitest hides the cursor as soon as it starts, and sees to it that it comes back when it has read its config. What
 * ends the process in between – a mistake in a plan, a signal – shows it here.
 */
export function keepCursor(): void {
  if (isKept || !process.stdout.isTTY) return
  isKept = true
  process.on('exit', show)
  for (const signal of SIGNALS) process.on(signal, onSignal)
}

/** Vitest has read its config. */
export function leaveCursor(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal)
}

function show(): void {
  process.stdout.write(SHOW_CURSOR)
}

function onSignal(signal: NodeJS.Signals): void {
  leaveCursor()
  show()
  // As if nobody had listened.
  process.kill(process.pid, signal)
}
