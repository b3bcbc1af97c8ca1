import type { TestSpecification } from 'vitest/node'
import type {
  Counts,
  Domain,
  JournalEntry,
  LogRange,
  RunStatus,
  SessionEvent,
} from '../events/index.ts'

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
}

/** What is known of a loadout's services while its scenarios run. */
export interface LoadoutFacts {
  /** Seconds from start to ready and warm; null before that. */
  setupTime: number | null
  /** When it came up in this run, in milliseconds since the epoch; null when it was up before. */
  upSince: number | null
  /** Something was started when it came up; otherwise all of it was warm from another loadout. */
  isFresh: boolean
  /** GB of GPU memory in use before it started, and when it was ready and warm; null where unknown. */
  vramPrior: number | null
  vramLoaded: number | null
  /** What makes its results suspect. */
  flags: readonly string[]
  /** Why the loadout cannot be had any more. */
  failure: { code: string; message: string } | null
  /** Services that ended while it was up. */
  deaths: readonly LoadoutDeath[]
}

/** A service that ended unasked. */
export interface LoadoutDeath {
  /** What to say. */
  message: string
  /** Milliseconds since the epoch. */
  at: number
  /** The end of its log. */
  lastLines: readonly string[]
}

/** What the machine did in a span of time. */
export interface SpanFacts {
  /** The highest sample of GPU memory in use, in GB; null where unknown. */
  vramPeak: number | null
  /** What makes results of that time suspect. */
  flags: readonly string[]
}

/** How far a service's log has come. */
export interface LogMark {
  service: string
  file: string
  bytes: number
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
  /** Where a file stands in the plan's order. */
  rank(specification: TestSpecification): number
  /** Null for a project that is the user's own. */
  target(project: string): ProjectTarget | null
}

/** A run that has a session. */
export interface OpenRun {
  /** Absolute path of the session. */
  readonly directory: string
  /** Never throws, never waits. */
  record(event: SessionEvent): void
  /** Bytes that are recorded and not yet durable. */
  readonly pendingBytes: number
  /** Everything recorded so far is durable. */
  settled(): Promise<void>
  facts(target: ProjectTarget): LoadoutFacts
  logMarks(target: ProjectTarget): LogMark[]
  /** Milliseconds since the epoch. */
  span(from: number, to: number): SpanFacts
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
  /** Sentences about artifacts that could not be written. */
  faults: readonly string[]
  /** Sentences about gates that make the run a failure. */
  gates: readonly string[]
}

/** The bytes that services wrote between two marks. */
export function rangesBetween(before: readonly LogMark[], after: readonly LogMark[]): LogRange[] {
  return after.map(({ service, file, bytes }) => {
    const start = before.find((mark) => mark.service === service && mark.file === file)
    return { service, file, from: start?.bytes ?? 0, to: bytes }
  })
}

/** What the machine did while an attempt ran; milliseconds. */
export function spanOf(
  run: Pick<OpenRun, 'span'>,
  { started, duration }: { started: number | null; duration: number | null },
): SpanFacts {
  if (started === null) return { vramPeak: null, flags: [] }
  return run.span(started, duration === null ? Date.now() : started + duration)
}
