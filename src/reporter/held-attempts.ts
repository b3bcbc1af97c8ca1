/** Vitest tells of tests every 100 ms: what it has not told by then is not waited for. */
const LONGEST_HOLD_MS = 200

interface Held {
  test: string
  until: number
  work: () => void
}

/**
 * A worker's words about attempts, which overtake what Vitest tells of the tests before: they wait until
 * Vitest has told of the start of their test, but never for long, as a result is to be on the disk.
 */
export class HeldAttempts {
  #held: Held[] = []
  #timer: NodeJS.Timeout | null = null
  readonly #beforeLate: () => void

  /** @param beforeLate - called before attempts that nobody has asked for in time */
  constructor(beforeLate: () => void) {
    this.#beforeLate = beforeLate
  }

  hold(test: string, work: () => void): void {
    this.#held.push({ test, until: performance.now() + LONGEST_HOLD_MS, work })
    this.#timer ??= setTimeout(() => this.#late(), LONGEST_HOLD_MS)
  }

  /** Does now what waits for a test, or for any. */
  release(test?: string): void {
    if (this.#held.length === 0) return
    this.#do((held) => test === undefined || held.test === test)
  }

  #late(): void {
    this.#timer = null
    this.#beforeLate()
    const now = performance.now()
    // A timer may come a fraction of a millisecond early.
    this.#do(({ until }) => until <= now + 1)
    const [next] = this.#held
    if (next) this.#timer ??= setTimeout(() => this.#late(), next.until - now)
  }

  #do(which: (held: Held) => boolean): void {
    const due = this.#held.filter(which)
    this.#held = this.#held.filter((held) => !due.includes(held))
    if (this.#held.length === 0 && this.#timer !== null) {
      clearTimeout(this.#timer)
      this.#timer = null
    }
    for (const { work } of due) work()
  }
}
