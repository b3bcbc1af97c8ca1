import type { TestCase } from 'vitest/node'
import type { ScenarioStatus } from '../events/index.ts'
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
}

/** Vitest's words and ours. */
export const STATUS = { passed: 'PASSED', failed: 'FAILED', skipped: 'SKIPPED' } as const

/** The outcome of each repeat of a finished test, in order. A test that never ran has one. */
export function outcomesOf(test: TestCase): AttemptOutcome[] {
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
  return outcomes
}

function neverRan(test: TestCase): AttemptOutcome {
  const result = test.result()
  const status = result.state === 'pending' ? 'INTERRUPTED' : STATUS[result.state]
  const errors = reportedErrors(result.errors)
  return { repeat: 0, status, started: null, duration: null, retries: 0, errors }
}
