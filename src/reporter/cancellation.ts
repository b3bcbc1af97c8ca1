import type { TestCase } from 'vitest/node'
import { type AttemptOutcome, NEVER_RAN } from './attempts.ts'

/** Vitest's word for a run that `bail` ended. */
const BAIL = 'test-failure'

/** Whether a run was given up before its end, when, and what that makes of its results. */
export class Cancellation {
  /** Milliseconds since the epoch. */
  #at: number | null = null
  #bailed = false

  /** Gives the reason in words. */
  begin(reason: string): string {
    this.#at = Date.now()
    this.#bailed = reason === BAIL
    return this.#bailed ? 'a scenario failed, and the run was to end there' : reason
  }

  get hasBegun(): boolean {
    return this.#at !== null
  }

  /** Whether somebody wanted it. That Vitest gave up after a failure, as `bail` asks, is a failure. */
  get wasAsked(): boolean {
    return this.hasBegun && !this.#bailed
  }

  /** The outcomes of a test that come after it: a running test that Vitest gave up arrives as skipped. */
  applyTo(test: TestCase, outcomes: AttemptOutcome[]): AttemptOutcome[] {
    const at = this.#at
    if (at === null || test.options.mode !== 'run') return outcomes
    return outcomes.map((outcome) => interrupted(outcome, at))
  }
}

/** What had ended by the time of the cancel keeps its outcome. */
function interrupted(outcome: AttemptOutcome, cancelledAt: number): AttemptOutcome {
  const { status, started, duration } = outcome
  const refused = outcome.errors.some(({ code }) => code === 'CANCELLED')
  const ended = started === null || duration === null ? Infinity : Math.floor(started + duration)
  if (status === 'PASSED' || (status === 'FAILED' && !refused && ended <= cancelledAt)) {
    return outcome
  }
  return { ...outcome, ...(refused && { ...NEVER_RAN, errors: [] }), status: 'INTERRUPTED' }
}
