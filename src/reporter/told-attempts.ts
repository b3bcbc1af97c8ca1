import type { TestCase } from 'vitest/node'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import { type AttemptOutcome, STATUS } from './attempts.ts'
import { type FileProgress, repeatsOf } from './file-progress.ts'
import { HeldAttempts } from './held-attempts.ts'

/** Which repeats of a test already have their row, and what the attempt now running has kept. */
interface AttemptProgress {
  recorded: Set<number>
  record: AttemptRecord | undefined
}

/** What workers tell of the attempts of tests that Vitest has not reported yet. */
export class ToldAttempts {
  readonly #progress = new Map<string, AttemptProgress>()
  readonly #held: HeldAttempts
  readonly #flush: () => void
  readonly #record: (test: TestCase, file: FileProgress, outcome: AttemptOutcome) => void

  /**
   * @param flush - does what Vitest has told and is not done yet
   * @param record - records a repeat
   */
  constructor(
    flush: () => void,
    record: (test: TestCase, file: FileProgress, outcome: AttemptOutcome) => void,
  ) {
    this.#held = new HeldAttempts(flush)
    this.#flush = flush
    this.#record = record
  }

  /** A worker's word. Until Vitest has told of the test's start, results of tests before it may be missing. */
  told(test: TestCase, file: FileProgress, record: AttemptRecord): void {
    if (file.ended || file.running.has(test.id) || file.reported.has(test.id)) {
      this.#flush()
      this.#take(test, file, record)
    } else {
      this.#held.hold(test.id, () => this.#take(test, file, record))
    }
  }

  /** Takes what was held of a test, or of all. */
  release(test?: string): void {
    this.#held.release(test)
  }

  /** The repeats of a test that have their row. */
  recorded(test: string): ReadonlySet<number> | undefined {
    return this.#progress.get(test)?.recorded
  }

  /** The first repeat of a test that has no row. */
  nextRepeat(test: string): number {
    return this.#progress.get(test)?.recorded.size ?? 0
  }

  /** What the attempt of a test that is to be recorded next has kept. */
  kept(test: string): AttemptRecord | undefined {
    return this.#progress.get(test)?.record
  }

  /** All rows of a test are recorded. */
  drop(test: string): void {
    this.#progress.delete(test)
  }

  #take(test: TestCase, file: FileProgress, record: AttemptRecord): void {
    const recorded = this.#progress.get(test.id)?.recorded ?? new Set()
    const progress: AttemptProgress = { recorded, record }
    this.#progress.set(test.id, progress)
    const { outcome, repeat } = record
    const last = repeatsOf(test, file.target) - 1
    // The last repeat waits for Vitest's own result, which knows what broke after the worker's last word.
    if (!outcome || repeat >= last) return
    recorded.add(repeat)
    this.#record(test, file, { ...outcome, repeat, status: STATUS[outcome.status] })
    progress.record = undefined
  }
}
