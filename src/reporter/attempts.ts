import type { TestCase } from 'vitest/node'
import type { ScenarioStatus } from '../events/index.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { RepeatOutcome } from '../services/leases/worker-progress.ts'
import type { LoadoutFacts } from '../services/loadouts/loadout-book.ts'
import type { FileProgress } from './file-progress.ts'
import { repeatsOf } from './left-repeats.ts'
import { type ReportedError, reportedErrors } from './scenario-errors.ts'

/** One repeat of a test: its last retry, and how many retries it took. */
export interface AttemptOutcome {
  repeat: number
  status: ScenarioStatus
  /** Milliseconds since the epoch; null when it never ran. */
  started: number | null
  /** Milliseconds; null when it never ran. */
  duration: number | null
  retries: number
  errors: readonly ReportedError[]
  /** Why the worker is gone that ran it, or would have. */
  lost?: string | null
}

/** Vitest's words and ours. */
const STATUS = { passed: 'PASSED', failed: 'FAILED', skipped: 'SKIPPED' } as const

/** Vitest tells of tests every 100 ms: what it has not told by then is not waited for. */
const LONGEST_HOLD_MS = 200

/** The outcome of a test that nothing is known of. */
export const NEVER_RAN = { started: null, duration: null, retries: 0, repeat: 0 } as const

/** The outcome of each repeat of a finished test, in order. A test that never ran has one. */
export function outcomesOf(test: TestCase, facts: LoadoutFacts): AttemptOutcome[] {
  const attempts = test.attempts()
  if (attempts.length === 0) return [neverRan(test)]
  const outcomes: AttemptOutcome[] = []
  for (const { repeatIndex, retryIndex, state, errors, startTime, duration } of attempts) {
    const last = outcomes.at(-1)
    const earlier = last?.repeat === repeatIndex ? outcomes.pop() : undefined
    const own = reportedErrors(errors)
    outcomes.push({
      repeat: repeatIndex,
      status: STATUS[state],
      started: earlier?.started ?? startTime,
      duration: (earlier?.duration ?? 0) + duration,
      retries: retryIndex,
      errors: earlier === undefined ? own : [...earlier.errors, ...own],
    })
  }
  return outcomes.map((one) => unlessRefused(one, facts))
}

/** The same by the word of a worker that Vitest has heard nothing of. */
export function toldOutcomes(
  told: readonly RepeatOutcome[],
  facts: LoadoutFacts,
): AttemptOutcome[] {
  return told.map((one) => unlessRefused({ ...one, status: STATUS[one.status] }, facts))
}

/** A test that failed only because its services could not be had never ran. */
function unlessRefused(outcome: AttemptOutcome, { failure }: LoadoutFacts): AttemptOutcome {
  const isRefused =
    failure !== null && outcome.errors.some((one) => one.message === failure.message)
  return isRefused ? { ...outcome, started: null, duration: null } : outcome
}

function neverRan(test: TestCase): AttemptOutcome {
  const result = test.result()
  const status = result.state === 'pending' ? 'INTERRUPTED' : STATUS[result.state]
  const errors = reportedErrors(result.errors)
  return { repeat: 0, status, started: null, duration: null, retries: 0, errors }
}

/** A batch of Vitest's reports is lost with the first thing in it that no message can hold. */
const UNREPORTED =
  "Vitest's report of this scenario was lost: something in it cannot be sent, such as a function in task.meta."

/**
 * The outcome of a test that has no result when its file has ended.
 *
 * @param began - when it began, in milliseconds since the epoch, by its worker's word
 */
export function unfinished(test: TestCase, cancelled: boolean, began?: number): AttemptOutcome {
  if (test.options.mode !== 'run') return { ...NEVER_RAN, status: 'SKIPPED', errors: [] }
  if (cancelled) return { ...NEVER_RAN, status: 'INTERRUPTED', errors: [] }
  const errors = hookErrors(test)
  if (errors.length > 0) return { ...NEVER_RAN, status: 'FAILED', errors }
  if (test.result().state === 'skipped') return { ...NEVER_RAN, status: 'SKIPPED', errors }
  // Nobody has told that it was skipped.
  return {
    ...NEVER_RAN,
    started: began ?? null,
    status: 'FAILED',
    errors: [{ message: UNREPORTED }],
  }
}

/**
 * Why a test has not run: the errors of the innermost suite that has any. The hooks of a suite only run where
 * nothing broke around it, so what is told further out broke later.
 */
function hookErrors(test: TestCase): readonly ReportedError[] {
  let { parent } = test
  for (;;) {
    const errors = reportedErrors(parent.errors())
    if (errors.length > 0 || parent.type === 'module') return errors
    parent = parent.parent
  }
}

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
  readonly #recordStart: (test: TestCase, file: FileProgress, repeat: number) => void

  /**
   * @param flush - does what Vitest has told and is not done yet
   * @param record - records a repeat
   * @param recordStart - records that a repeat begins
   */
  constructor(
    flush: () => void,
    record: (test: TestCase, file: FileProgress, outcome: AttemptOutcome) => void,
    recordStart: (test: TestCase, file: FileProgress, repeat: number) => void,
  ) {
    this.#held = new HeldAttempts(flush)
    this.#flush = flush
    this.#record = record
    this.#recordStart = recordStart
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
    // Vitest tells of a test's start once, and a run may be killed in any repeat of it.
    if (outcome.status !== 'skipped') this.#recordStart(test, file, repeat + 1)
  }
}

interface Held {
  test: string
  until: number
  work: () => void
}

/**
 * A worker's words about attempts, which overtake what Vitest tells of the tests before: they wait until
 * Vitest has told of the start of their test, but never for long, as a result is to be on the disk.
 */
class HeldAttempts {
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
