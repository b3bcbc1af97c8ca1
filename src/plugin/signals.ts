/** 128 + the signal's number, as shells count. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * So long a second SIGTERM is the first one again: schedulers and systemd send it to all processes of a job at once, and
 * whoever has started this one passes it on.
 */
const SAME_SIGNAL_MS = 2_000

type Signal = keyof typeof EXIT_CODES
type Listener = (...parameters: unknown[]) => void

export interface SignalOptions {
  /** Ends the run in order. */
  cancel(signal: Signal, why: string): void
  /** Whether a terminal that closes is to end the run; else the signal is left to whoever listens. */
  endsWithTerminal: boolean
  /** The run is over: it does not matter any more that its terminal closes. */
  isOver(): boolean
}

/** The signals of a run that goes on. */
export interface RunSignals {
  /** As the first signal of that name would, where none has come yet. */
  raise(signal: Signal, why: string): void
  /** Everything as it was. */
  release(): void
}

/**
 * Takes Vitest's signal listeners off, which would exit within milliseconds, and calls `cancel` at the
 * first signal instead. Then, and at the release, they are put back: the second signal gets the default
 * handling, except that of a terminal that closes, which comes more than once and asks for nothing more.
 */
export function cancelOnSignal(options: SignalOptions): RunSignals {
  const { endsWithTerminal } = options
  const names: Signal[] = ['SIGINT', 'SIGTERM', ...(endsWithTerminal ? ['SIGHUP' as const] : [])]
  const taken = names.map((signal) => {
    const listeners = process.listeners(signal) as Listener[]
    process.removeAllListeners(signal)
    return { signal, listeners }
  })
  let hasCome = false
  let passing: NodeJS.Timeout | undefined
  const onSignal = (signal: Signal): void => raise(signal, `the run got ${signal}`)
  const raise = (signal: Signal, why: string): void => {
    if (hasCome || (signal === 'SIGHUP' && options.isOver())) return
    hasCome = true
    // First: without a listener for a moment the process could end in it.
    if (endsWithTerminal) process.on('SIGHUP', stay)
    if (signal === 'SIGTERM') {
      process.on('SIGTERM', stay)
      passing = setTimeout(() => restore(), SAME_SIGNAL_MS).unref()
      restore('SIGTERM')
    } else restore()
    // Vitest sets a code of its own when the run has ended.
    process.once('exit', () => {
      process.exitCode = EXIT_CODES[signal]
    })
    options.cancel(signal, why)
  }
  const restore = (except?: Signal): void => {
    const kept = taken.filter(({ signal }) => signal === except)
    for (const { signal, listeners } of taken.splice(0)) {
      process.off(signal, onSignal)
      if (signal === except) continue
      for (const listener of listeners) process.on(signal, listener)
    }
    taken.push(...kept)
    if (except !== undefined) return
    clearTimeout(passing)
    process.off('SIGTERM', stay)
  }
  for (const signal of names) process.on(signal, onSignal)
  return {
    raise,
    // Its terminal may tell a process that is about to end once more.
    release() {
      hasCome = true
      restore()
    },
  }
}

function stay(): void {}
