import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { AttemptOutcome } from './attempts.ts'
import type { LoadoutFacts, LogMark } from '../services/loadouts/loadout-book.ts'
import type { ProjectTarget } from './run-host.ts'
import { type ReportedError, reportedErrors } from './scenario-errors.ts'

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

/** Takes the times off a test that failed only because its services could not be had: it never ran. */
export function unlessRefused({
  failure,
}: LoadoutFacts): (outcome: AttemptOutcome) => AttemptOutcome {
  return (outcome) => {
    const refused = failure && outcome.errors.some(({ message }) => message === failure.message)
    return refused ? { ...outcome, started: null, duration: null } : outcome
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

/** The outcome of a test that has no result when its file has ended. */
export function unfinished(test: TestCase, cancelled: boolean): AttemptOutcome {
  if (test.options.mode !== 'run') return { ...NEVER_RAN, status: 'SKIPPED', errors: [] }
  if (cancelled) return { ...NEVER_RAN, status: 'INTERRUPTED', errors: [] }
  const errors = hookErrors(test)
  return { ...NEVER_RAN, status: errors.length > 0 ? 'FAILED' : 'SKIPPED', errors }
}

/** The errors of a file and of all its suites. */
export function* suiteErrors(module: TestModule): Generator<ReportedError> {
  yield* reportedErrors(module.errors())
  for (const suite of module.children.allSuites()) yield* reportedErrors(suite.errors())
}
