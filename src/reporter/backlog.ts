/**
 * How long work is only collected. Vitest hands over a file's last results and then begins the next file: the
 * work on the results is done while that file loads, not before.
 */
const COLLECT_MS = 20
/** More pieces of work than these in one go would hold up the loop. */
const LARGEST_PORTION = 100

/** Work that is done in order, a little later. */
export class Backlog {
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | null = null
  readonly #failed: (error: unknown) => void

  /** @param failed - gets what a piece of work threw: the others are done all the same */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  add(work: () => void): void {
    this.#waiting.push(work)
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
    for (const work of this.#waiting.splice(0, LARGEST_PORTION)) this.#do(work)
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#portion(), 0)
  }

  #do(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#failed(error)
    }
  }
}
