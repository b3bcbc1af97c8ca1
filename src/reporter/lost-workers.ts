import type { TestCase } from 'vitest/node'
import { type AttemptOutcome, NEVER_RAN, type ToldAttempts } from './attempts.ts'
import type { FileProgress } from './file-progress.ts'
import { messageText, type ReportedError } from './scenario-errors.ts'

/** What stands before every error of Vitest's about a worker. */
const LOSS = '[vitest-'

/** Why the worker of each file that has not ended is gone, from the errors that belong to no test. */
export function reasonsOfLoss(
  errors: readonly ReportedError[],
  files: readonly FileProgress[],
): Map<FileProgress, string> {
  const losses = errors.map(messageText).filter((text) => text.startsWith(LOSS))
  const reasons = new Map<FileProgress, string>()
  const taken = new Set<number>()
  const lost = files.filter(({ ended }) => !ended)
  for (const file of lost) {
    const own = losses.flatMap((text, index) => (namesFile(text, file) ? [index] : []))
    // One file is lost on two loadouts, or two files with one worker.
    const index = own.find((one) => !taken.has(one)) ?? own[0]
    if (index === undefined) continue
    taken.add(index)
    reasons.set(file, losses[index] as string)
  }
  // A worker that is lost while it starts names no file.
  const nameless = losses.filter((text) => !files.some((file) => namesFile(text, file)))
  for (const file of lost) {
    if (!reasons.has(file)) reasons.set(file, nameless.shift() ?? 'it ended without a result')
  }
  return reasons
}

function namesFile(text: string, { specification: { moduleId } }: FileProgress): boolean {
  const end = text.indexOf(moduleId) + moduleId.length
  return text.includes(moduleId) && !/\w/.test(text.charAt(end))
}

/**
 * The outcomes of the tests that a lost worker has left without a row: what ran is FAILED, the rest INTERRUPTED.
 *
 * @param reason - null after a cancel
 * @yields each test and its outcome
 */
export function* lostOutcomes(
  tests: readonly TestCase[],
  { running }: FileProgress,
  attempts: Pick<ToldAttempts, 'nextRepeat'>,
  reason: string | null,
): Generator<[TestCase, AttemptOutcome]> {
  const began = (test: TestCase): boolean =>
    running.has(test.id) || attempts.nextRepeat(test.id) > 0
  const inOrder = tests.filter(({ options }) => options.mode === 'run')
  // A worker that dies with the start of a test takes the news of it along.
  const ran = inOrder.some(began) ? inOrder.filter(began) : inOrder.slice(0, 1)
  for (const test of tests) {
    const started = running.get(test.id)?.started ?? null
    const outcome = { ...NEVER_RAN, repeat: attempts.nextRepeat(test.id), started, errors: [] }
    if (reason !== null && ran.includes(test)) {
      const message = `The worker that ran this scenario was lost: ${reason}`
      yield [test, { ...outcome, status: 'FAILED', errors: [{ message }], lost: reason }]
    } else {
      const status = inOrder.includes(test) ? 'INTERRUPTED' : 'SKIPPED'
      yield [test, { ...outcome, status, lost: reason }]
    }
  }
}
