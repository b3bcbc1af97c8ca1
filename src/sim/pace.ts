import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves at a moment of `performance.now()`, in milliseconds; at once when it has passed. */
export async function until(moment: number): Promise<void> {
  for (let left = moment - performance.now(); left > 0; left = moment - performance.now()) {
    await sleep(Math.ceil(left))
  }
}

export interface Tempo {
  /** When the work began, of `performance.now()`, in milliseconds. */
  start: number
  /** Seconds from the start to the first item. */
  ttft: number
  /** Items per second after it. */
  rate: number
  /** Ends the sequence early. */
  signal: AbortSignal
}

/**
 * Paces a sequence from absolute deadlines, so that delays never add up.
 *
 * @yields Each item at its own moment, `ttft + i / rate` after the start.
 */
export async function* pace<T>(items: Iterable<T>, tempo: Tempo): AsyncGenerator<T> {
  let index = 0
  for (const item of items) {
    await until(tempo.start + (tempo.ttft + index / tempo.rate) * 1000)
    if (tempo.signal.aborted) return
    yield item
    index += 1
  }
}
