import type { TestCase } from 'vitest/node'
import type { ToldTests } from '../services/leases/worker-progress.ts'
import { type AttemptOutcome, NEVER_RAN, type ToldAttempts } from './attempts.ts'
import type { FileProgress } from './file-progress.ts'
import type { WorkerLoss } from './run-host.ts'
import { messageText, type ReportedError } from './scenario-errors.ts'

/** How a worker was lost, whichever it was. */
export type Loss = Pick<WorkerLoss, 'kind' | 'how' | 'allowed'>

/** How a worker is gone that has run its file, where Vitest tells nothing of it. */
export const NO_RESULT = 'it ended without a result'

/** What stands before every error of Vitest's about a worker. */
const LOSS = '[vitest-'

/**
 * Vitest's errors that tell of no more than the loss of a worker which has been told already: its rows say it.
 *
 * @returns the others
 */
export function withoutTold<Error extends ReportedError>(
  errors: readonly Error[],
  files: readonly FileProgress[],
): Error[] {
  const lost = files.filter(({ loss }) => loss !== null)
  return errors.filter((error) => {
    const text = messageText(error)
    const index = text.startsWith(LOSS) ? lost.findIndex((file) => namesFile(text, file)) : -1
    // The same file may be lost on two loadouts, each with its error.
    if (index !== -1) lost.splice(index, 1)
    return index === -1
  })
}

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
    if (!reasons.has(file)) reasons.set(file, nameless.shift() ?? NO_RESULT)
  }
  return reasons
}

function namesFile(text: string, { specification: { moduleId } }: FileProgress): boolean {
  const end = text.indexOf(moduleId) + moduleId.length
  return text.includes(moduleId) && !/\w/.test(text.charAt(end))
}

/** What a scenario failed with that ran, or was to run next, when its worker went. */
function lossMessage({ kind, how, allowed }: Loss, ran: boolean): string {
  const what = ran ? 'The scenario' : 'A hook before this scenario'
  switch (kind) {
    case 'silent':
      return `${what} did not yield for ${how}, and may take ${allowed}: its process was ended. ${SILENT_ADVICE}`
    case 'endless':
      return `${what} did not end within ${how}, and may take ${allowed}: its process was ended. ${ENDLESS_ADVICE}`
    case 'loading':
      return loadingMessage(how)
    case 'died':
    case 'unbegun':
    case 'unsent':
      return `The worker that ran this scenario was lost: ${how}`
  }
}

/** What is told of a worker that was lost when its last scenario had its result: no row says it. */
export function lateLossMessage(file: string, { kind, how }: Loss, hasPassed: boolean): string {
  const what = `The worker of ${file} was lost after its last scenario`
  if (hasPassed) return `${what}: ${how}. All its results are there.`
  const why =
    kind === 'silent'
      ? `it did not yield for ${how}, and its process was ended`
      : kind === 'endless'
        ? `it did not end within ${how}, and its process was ended`
        : how
  return `${what}, and before the end of its hooks: ${why}`
}

const SILENT_ADVICE = 'Look for a loop without an await, or a regular expression that backtracks.'
const ENDLESS_ADVICE = 'Something in it waits without a limit, such as the end of a fixture.'

/** What a row says that stands for a file. */
export function fileLossMessage({ kind, how }: Loss): string {
  return kind === 'loading' ? loadingMessage(how) : `The worker of this file was lost: ${how}`
}

function loadingMessage(how: string): string {
  const advice =
    'Look for a loop without an end, or an await that nothing answers, outside of its tests'
  return `This file did not finish loading its scenarios within ${how}: its process was ended. ${advice}.`
}

/** What is known of the tests that a lost worker has left without a result. */
interface Left {
  file: FileProgress
  attempts: Pick<ToldAttempts, 'nextRepeat'>
  /** What it wrote down. */
  told: ToldTests | null
  /** Null after a cancel. */
  loss: Loss | null
}

/**
 * The outcomes of those tests: what ran is FAILED, the rest INTERRUPTED.
 *
 * @yields each test and its outcome
 */
export function* lostOutcomes(
  tests: readonly TestCase[],
  { file, attempts, told, loss }: Left,
): Generator<[TestCase, AttemptOutcome]> {
  const startOf = ({ id }: TestCase): number | undefined =>
    told?.running.get(id) ?? file.running.get(id)?.started
  const began = (test: TestCase): boolean =>
    startOf(test) !== undefined || attempts.nextRepeat(test.id) > 0
  const open = tests.filter(({ options }) => options.mode === 'run')
  // Where none ran, a hook before the next did, or a worker that tells nothing took the news of its start along.
  const ran = open.some(began) ? open.filter(began) : open.slice(0, 1)
  for (const test of tests) {
    const repeat = attempts.nextRepeat(test.id)
    const known = { ...NEVER_RAN, repeat, started: startOf(test) ?? null, errors: [] }
    const outcome = { ...known, lost: loss && lossMessage(loss, true) }
    if (loss !== null && loss.kind !== 'unbegun' && ran.includes(test)) {
      const message = lossMessage(loss, began(test) || told === null)
      yield [test, { ...outcome, status: 'FAILED', errors: [{ message }] }]
    } else {
      yield [test, { ...outcome, status: open.includes(test) ? 'INTERRUPTED' : 'SKIPPED' }]
    }
  }
}
