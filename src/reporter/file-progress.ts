import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { LogMark } from '../services/loadouts/loadout-book.ts'
import { repeatsOf } from './left-repeats.ts'
import type { MarkedTest } from './log-marks.ts'
import type { ProjectTarget, WorkerLoss } from './run-host.ts'
import { type ReportedError, reportedErrors } from './scenario-errors.ts'

/** What is known of one file on one loadout while it runs; dropped when the file has ended. */
export interface FileProgress {
  target: ProjectTarget
  specification: TestSpecification
  module: TestModule | null
  ended: boolean
  /** Its worker is gone. */
  loss: WorkerLoss | null
  /** How far each service's log was when something was last heard of it. */
  marks: readonly LogMark[]
  /** Tests that began: when, in milliseconds since the epoch, and how far each service's log was then. */
  running: Map<string, MarkedTest>
  /** Tests whose row is recorded. */
  reported: Set<string>
  /** Rows that it gave. */
  rows: number
}

/** A file that has not begun. */
export function progressOf(target: ProjectTarget, specification: TestSpecification): FileProgress {
  const begun = {
    module: null,
    ended: false,
    loss: null,
    marks: [],
    running: new Map(),
    reported: new Set<string>(),
    rows: 0,
  }
  return { target, specification, ...begun }
}

/** A file has ended: what is only of use while it runs is dropped. */
export function closeFile(file: FileProgress): void {
  file.ended = true
  file.module = null
  file.running.clear()
  file.reported.clear()
}

/** How many rows a test gives where its loadout can be had. */
export function rowsOf(test: TestCase, target: ProjectTarget): number {
  return test.options.mode === 'run' ? repeatsOf(test, target) : 1
}

/** The errors of a file and of all its suites. */
export function* suiteErrors(module: TestModule): Generator<ReportedError> {
  yield* reportedErrors(module.errors())
  for (const suite of module.children.allSuites()) yield* reportedErrors(suite.errors())
}
