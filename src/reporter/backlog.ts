/**
 * How long work is only collected. Vitest hands over a file's last results and then begins the next file: the
 * work on the results is done while that file loads, not before.
 */
const COLLECT_MS = 20
/** More pieces of work than these in one go would hold up the loop. */
const LARGEST_PORTION = 100

/** Whatever the clock says: it may be set. */
const LONGEST_WAIT_MS = 150

interface Work {
  do(): void
  /** When it was first put off, by the monotonic clock. */
  putOff?: number
  /** Until when it is not yet to be done, in milliseconds since the epoch. */
  until?: (() => number) | undefined
}

/** Work that is done in order, a little later. */
export class Backlog {
  #waiting: Work[] = []
  #timer: NodeJS.Timeout | null = null
  readonly #failed: (error: unknown) => void

  /** @param failed - gets what a piece of work threw: the others are done all the same */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** @param until - until when it is not yet to be done, in milliseconds since the epoch */
  add(work: () => void, until?: () => number): void {
    this.#waiting.push({ do: work, until })
    this.#timer ??= setTimeout(() => this.#portion(), COLLECT_MS)
  }

  /** Does all of it now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const all = this.#waiting
    this.#waiting = []
    for (const work of all) this.#do(work)
  }

  #portion(): void {
    this.#timer = null
    for (let done = 0; done < LARGEST_PORTION && this.#waiting.length > 0; done += 1) {
      const wait = waitOf(this.#waiting[0]!)
      if (wait > 0) {
        this.#timer ??= setTimeout(() => this.#portion(), wait)
        return
      }
      this.#do(this.#waiting.shift()!)
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#portion(), 0)
  }

  #do(work: Work): void {
    try {
      work.do()
    } catch (error) {
      this.#failed(error)
    }
  }
}

/** For how many milliseconds it is not yet to be done. */
function waitOf(work: Work): number {
  const wait = (work.until?.() ?? 0) - Date.now()
  if (wait <= 0) return 0
  work.putOff ??= performance.now()
  return Math.min(wait, work.putOff + LONGEST_WAIT_MS - performance.now())
}
