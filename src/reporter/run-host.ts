import type { TestSpecification } from 'vitest/node'
import type {
  CauseFold,
  Counts,
  Domain,
  JournalEntry,
  RunStatus,
  SessionEvent,
} from '../events/index.ts'
import type { SessionJudgement } from '../events/index.ts'
import type { LeftTests } from '../session/resume/left-tests.ts'
import type { ToldTests } from '../services/leases/worker-progress.ts'
import type { LoadoutBook } from '../services/loadouts/loadout-book.ts'

/** The loadout that a Vitest project stands for. */
export interface ProjectTarget {
  domain: Domain
  /** Safe name. */
  loadout: string
  /** What a person reads and ids are made of. */
  title: string
  /** Model URIs. */
  models: string[]
  /** How often the plan has each scenario run, at least 1. */
  repeats: number
  /** What is left of each file by its path, of a run that was resumed; what is not named here has all its results. */
  left?: ReadonlyMap<string, LeftTests>
}

/** What the reporter asks of the rest of jarvis; the plugin provides it. */
export interface RunHost {
  /** A run is about to begin: what takes long to start may start now. */
  warmUp(): void
  /** Opens a session for these files, or none: no loadout among them, or reports are being merged. */
  begin(
    specifications: readonly TestSpecification[],
    onCommitted: (entries: JournalEntry[], lines: string[]) => void,
  ): Promise<OpenRun | null>
  /** Whether anything of a file is to run: of a run that was resumed some have all their results. */
  isLeft(specification: TestSpecification): boolean
  /** Where a file stands in the plan's order. */
  rank(specification: TestSpecification): number
  /** Null for a project that is the user's own. */
  target(project: string): ProjectTarget | null
}

/** A file whose worker is gone before its file had ended. */
export interface WorkerLoss {
  /** Name of the Vitest project. */
  project: string
  /** Absolute path. */
  file: string
  /**
   * `died`: by itself; the others were ended: `silent`, as it let nothing else happen, `endless`, as something in it
   * waits without a limit, `loading`, as its file did not load. `unbegun`: it was to have the file later. `unsent`: it
   * has run its file, whose end may still be on its way, unless Vitest cannot send it.
   */
  kind: 'died' | 'silent' | 'endless' | 'loading' | 'unbegun' | 'unsent'
  /** How it died, as a sentence goes on with it, or for how long it hung: `7 s`. */
  how: string
  /** How long what it ran was allowed to take: `5 s`. */
  allowed?: string
}

/** A file whose worker gets nowhere, so that Vitest cannot tell of it. */
export type WorkerStall = Pick<WorkerLoss, 'project' | 'file'>

/** What the workers of a run write down themselves. */
export interface WorkerNotes {
  /** Null where nothing is known of the file. */
  told(project: string, file: string): ToldTests | null
  /** All losses by now have been told. */
  settled(): Promise<void>
  /** Its results are recorded. */
  done(project: string, file: string): void
}

/** What the parts of a run before this one have left. */
export interface RunBefore {
  /** The number of this part. */
  part: number
  /** Results that stand, by `domain|loadout`. */
  kept: ReadonlyMap<string, { domain: Domain; loadout: string; total: number }>
  /** Some of them make the run a failure. */
  hasFailed: boolean
  /** It goes on although something has changed. */
  isForced: boolean
}

/** A run that has a session. */
export interface OpenRun {
  /** Absolute path of the session. */
  readonly directory: string
  /** Where that is, absolute: elsewhere once somebody has moved it. */
  readonly place: string
  /** Never throws, never waits. */
  record(event: SessionEvent): void
  /** Which part of a divided plan it is, in words; null: of none. */
  readonly part: string | null
  /** What earlier parts of a run that was resumed have left; null for one that was not. */
  readonly before: RunBefore | null
  /** What became of its loadouts, and of the machine meanwhile. */
  readonly book: LoadoutBook
  /** What its workers know that Vitest does not tell. */
  readonly notes: WorkerNotes
  /** Whether no file of a project was loaded, as nothing in them was to run. */
  wasNotLoaded(project: string): boolean
  /** Bytes that are recorded and not yet durable. */
  readonly pendingBytes: number
  /** Everything recorded so far is durable. */
  settled(): Promise<void>
  /** The run was cancelled: files that wait for a loadout are refused, services end. */
  cancel(reason: string): void
  /** Stops what must stop, closes the session and gives the lock back. */
  end(status: RunStatus): Promise<RunEnding>
  /** The run is about to end: what makes the reports may start. */
  prepareReports(): void
  /** Makes the reports of a run that has ended. Never rejects; null where none are wanted. */
  makeReports(onProgress: (sentence: string) => void): Promise<RunReports | null>
}

/** What became of the reports of a run: absolute paths, null for what could not be made. */
export interface RunReports {
  workbook: string | null
  page: string | null
  /** Whether all of them could be made. What was left out on purpose does not count. */
  complete: boolean
  /** Sentences about what could not be made, or not under its name. */
  troubles: readonly string[]
}

/** How a run was put away. */
export interface RunEnding {
  counts: Counts
  /** Seconds. */
  duration: number
  /** What kept results from passing, those with most of them first. */
  causes: readonly CauseFold[]
  /** What the session is as a record of the run. */
  judgement: SessionJudgement
  /** Sentences about artifacts that could not be written. */
  faults: readonly string[]
  /** Sentences about gates that make the run a failure. */
  gates: readonly string[]
  /** Sentences about gates that nobody can tell, which passes. */
  unsure: readonly string[]
  /** Sentences about what is left behind and does no harm. */
  remarks: readonly string[]
}
