import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { AttemptOutcome } from './attempts.ts'
import type { LoadoutFacts, LogMark, ProjectTarget } from './run-host.ts'
import { messageText, type ReportedError } from './scenario-errors.ts'

/** What is known of one file on one loadout while it runs; dropped when the file has ended. */
export interface FileProgress {
  target: ProjectTarget
  specification: TestSpecification
  module: TestModule | null
  ended: boolean
  /** Tests that began: when, in milliseconds since the epoch, and how far each service's log was then. */
  running: Map<string, { started: number; marks: readonly LogMark[] }>
  /** Tests whose row is recorded. */
  reported: Set<string>
}

/** Which repeats of a test already have their row, and what the attempt now running has kept. */
export interface AttemptProgress {
  recorded: Set<number>
  record: AttemptRecord | undefined
}

/** The outcome of a test that nothing is known of. */
export const NEVER_RAN = { started: null, duration: null, retries: 0, repeat: 0 } as const

/** A file that has not begun. */
export function progressOf(target: ProjectTarget, specification: TestSpecification): FileProgress {
  const begun = { module: null, ended: false, running: new Map(), reported: new Set<string>() }
  return { target, specification, ...begun }
}

/** A file has ended: what is only of use while it runs is dropped. */
export function closeFile(file: FileProgress): void {
  file.ended = true
  file.module = null
  file.running.clear()
  file.reported.clear()
}

/** How many rows a test gives. */
export function repeatsOf(test: TestCase, target: ProjectTarget): number {
  const own = test.options.repeats
  return own === undefined || own === 0 ? target.repeats : own + 1
}

/**
 * An outcome that comes after a cancel: a running test that Vitest gave up arrives as skipped. What had ended by
 * then keeps its outcome. `cancelledAt`: milliseconds since the epoch.
 */
export function interrupted(outcome: AttemptOutcome, cancelledAt: number): AttemptOutcome {
  const { status, started, duration } = outcome
  const refused = outcome.errors.some(({ code }) => code === 'CANCELLED')
  const ended = started === null || duration === null ? Infinity : Math.floor(started + duration)
  if (status === 'PASSED' || (status === 'FAILED' && !refused && ended <= cancelledAt)) {
    return outcome
  }
  return { ...outcome, ...(refused && { ...NEVER_RAN, errors: [] }), status: 'INTERRUPTED' }
}

/** Takes the times off a test that failed only because its services could not be had: it never ran. */
export function unlessRefused({
  failure,
}: LoadoutFacts): (outcome: AttemptOutcome) => AttemptOutcome {
  return (outcome) => {
    const refused = failure && outcome.errors.some(({ message }) => message === failure.message)
    return refused ? { ...outcome, started: null, duration: null } : outcome
  }
}

/** The errors of the hooks around a test, outermost last. */
function hookErrors(test: TestCase): ReportedError[] {
  const errors: ReportedError[] = []
  let parent = test.parent
  for (;;) {
    errors.push(...(parent.errors() as ReportedError[]))
    if (parent.type === 'module') return errors
    parent = parent.parent
  }
}

/** The outcome of a test that has no result when its file has ended. */
export function unfinished(test: TestCase, cancelled: boolean): AttemptOutcome {
  if (test.options.mode !== 'run') return { ...NEVER_RAN, status: 'SKIPPED', errors: [] }
  if (cancelled) return { ...NEVER_RAN, status: 'INTERRUPTED', errors: [] }
  const errors = hookErrors(test)
  return { ...NEVER_RAN, status: errors.length > 0 ? 'FAILED' : 'SKIPPED', errors }
}

/** The outcome of a test whose worker is gone. `started`: null where it did not run; `reason`: null after a cancel. */
export function lost(
  test: TestCase,
  started: number | null,
  reason: string | null,
): AttemptOutcome {
  if (started === null || reason === null) {
    const status = test.options.mode === 'run' ? 'INTERRUPTED' : 'SKIPPED'
    return { ...NEVER_RAN, started, status, errors: [] }
  }
  const message = `The worker that ran this scenario was lost: ${reason}`
  return { ...NEVER_RAN, started, status: 'FAILED', errors: [{ message }] }
}

/** The errors of a file and of all its suites. */
export function* suiteErrors(module: TestModule): Generator<ReportedError> {
  yield* module.errors() as ReportedError[]
  for (const suite of module.children.allSuites()) yield* suite.errors() as ReportedError[]
}

/** Why a worker is gone, from the errors that belong to no test. */
export function reasonOfLoss(errors: readonly ReportedError[]): string {
  const loss = errors.find(({ message }) => message?.startsWith('[vitest-'))
  return loss === undefined ? 'it ended without a result' : messageText(loss)
}
