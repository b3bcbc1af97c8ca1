import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 500
const GROWTH = 1.2
/** A service that accepts a connection and says nothing must not hold up the next look. */
const PROBE_TIMEOUT_MS = 2_000

/** Looks again and again, with growing pauses, until `probe` says yes. Rejects when `over` is aborted. */
export async function pollUntilReady(
  probe: (signal: AbortSignal) => Promise<boolean>,
  over: AbortSignal,
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)) {
    over.throwIfAborted()
    const limit = AbortSignal.any([over, AbortSignal.timeout(PROBE_TIMEOUT_MS)])
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    if (await within(limit, () => probe(limit)).catch(() => false)) return
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(pause, undefined, { signal: over })
  }
}

/** What `work` gives, unless `over` is aborted first: work that ignores a signal holds nothing up. */
export async function within<Value>(
  over: AbortSignal,
  work: () => Promise<Value> | undefined,
): Promise<Value | undefined> {
  over.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(over.reason)
  over.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([promise, work()])
  } finally {
    over.removeEventListener('abort', stop)
  }
}
