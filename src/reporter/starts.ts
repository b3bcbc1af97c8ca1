import type { TestCase } from 'vitest/node'

/**
 * Starts that are told once their batch is over: Vitest reports a test that is shorter than a tenth of a second
 * with its end in one batch, and then its start is no news.
 */
export class Starts {
  readonly #untold = new Map<TestCase, () => void>()

  /** Tells of a start when this turn of the loop is over, unless the test has ended by then. */
  add(test: TestCase, tell: () => void): void {
    if (this.#untold.size === 0) setImmediate(() => this.#tell())
    this.#untold.set(test, tell)
  }

  /** The test has ended. */
  drop(test: TestCase): void {
    this.#untold.delete(test)
  }

  #tell(): void {
    const untold = [...this.#untold.values()]
    this.#untold.clear()
    for (const tell of untold) tell()
  }
}
