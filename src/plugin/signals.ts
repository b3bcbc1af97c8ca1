const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** 128 + the signal's number, as shells count. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

type Listener = (...parameters: unknown[]) => void

/**
 * Takes Vitest's signal listeners off, which would exit within milliseconds, and calls `cancel` at the
 * first signal instead. Then, and when the returned function is called, they are put back: the second
 * signal gets the default handling.
 */
export function cancelOnSignal(cancel: (signal: string) => void): () => void {
  const taken = SIGNALS.map((signal) => {
    const listeners = process.listeners(signal) as Listener[]
    process.removeAllListeners(signal)
    return { signal, listeners }
  })
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    restore()
    // Vitest sets a code of its own when the run has ended.
    process.once('exit', () => {
      process.exitCode = EXIT_CODES[signal]
    })
    cancel(signal)
  }
  const restore = (): void => {
    for (const { signal, listeners } of taken.splice(0)) {
      process.off(signal, onSignal)
      for (const listener of listeners) process.on(signal, listener)
    }
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return restore
}
