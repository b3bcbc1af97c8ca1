import type { ScenarioStatus } from '../../events/index.ts'
import type { PairedScenario, SpeedRanking } from '../speed/types.ts'
import type { LoadoutReport, SessionReport } from '../session/types.ts'

/** What a metric is, as the page shows it. */
export interface PageMetric {
  title: string
  unit: string
  better: 'lower' | 'higher' | null
  definition: string
  source: string | null
}

/** How the values of one metric spread on one loadout: over all results, also those that are not in the page. */
export interface Spread {
  n: number
  low: number
  quarter: number
  median: number
  upper: number
  high: number
  mean: number
  /** For error rates: all counts together. */
  pooled: number | null
}

/** A loadout with the spread of its metrics, by their keys. */
export interface PageLoadout extends LoadoutReport {
  spreads: Readonly<Record<string, Spread>>
}

/** How the loadouts of a domain rank by one number, with the scenarios that say so, as far as a chart shows them. */
export interface PageSpeed {
  ranking: SpeedRanking
  scenarios: readonly PairedScenario[]
}

/** The machine over the run: lists of the same length. Times are seconds from the start, memory GB, shares 0 to 1. */
export interface PageSamples {
  time: readonly number[]
  /** Over all GPUs. */
  vram: readonly (number | null)[]
  ram: readonly (number | null)[]
  cpu: readonly (number | null)[]
  vramTotal: number | null
}

/** The samples of a part of a merged session. */
export interface PartSamples extends PageSamples {
  host: string
  part: number
}

/** What the page knows of the run but its results. */
export interface PageData extends Omit<SessionReport, 'loadouts'> {
  made: { by: string; at: string }
  /** The moment that all seconds count from, as local time with offset; null where nothing has a time. */
  origin: string | null
  loadouts: readonly PageLoadout[]
  /** By which numbers loadouts rank, the same in every report. */
  rankings: readonly SpeedRanking[]
  /** By all numbers that depend on how fast a reply came. */
  speeds: readonly PageSpeed[]
  metrics: Readonly<Record<string, PageMetric>>
  flags: Readonly<Record<string, string>>
  /** Keys of the numbers that each flag makes doubtful; `duration` is one. */
  doubtful: Readonly<Record<string, readonly string[]>>
  samples: PageSamples | null
  /** Of a merged session those of each part; `samples` is null then. */
  partSamples: readonly PartSamples[]
  /** What of the session is not in the page and where it is, a sentence each. */
  leftOut: readonly string[]
}

/** Every result in columns; lists of the same length. Seconds count from {@link PageData.origin}. */
export interface PageRows {
  id: string[]
  name: string[]
  /** Index of a loadout of the page. */
  loadout: number[]
  /** Indices of hosts and GPUs in their names; absent in a session of one host. */
  host?: number[]
  gpu?: number[]
  hostNames?: string[]
  gpuNames?: string[]
  /** Index in {@link STATUSES}. */
  status: number[]
  start: (number | null)[]
  duration: (number | null)[]
  repeat: number[]
  retries: number[]
  /** Flags by their index in `flagNames`, null for none. `cold` is one of them. */
  flags: (number[] | null)[]
  flagNames: string[]
  vramPeak: (number | null)[]
  /** Index of a cause of the page; -1 where it has none. */
  cause: number[]
  /** The beginning of what went wrong, or of what came back. */
  preview: (string | null)[]
  /** Numbers by the keys of their metrics. */
  metrics: Record<string, (number | null)[]>
  /** The block that holds the result's details; -1 where they are left out. */
  block: number[]
}

/** All statuses, what needs attention first. */
export const STATUSES: readonly ScenarioStatus[] = [
  'FAILED',
  'MISSING',
  'INTERRUPTED',
  'SKIPPED',
  'PASSED',
]

/** A text that may have been cut; `length` is how long it was then. */
export interface PageText {
  text: string
  length?: number
}

/** A file of a result. */
export interface PageFile {
  name: string
  type: string
  /** Where it is, as a link from the page; null where it is not in the session's folder. */
  link: string | null
  /** Number of the block that holds it; null where it is linked only. */
  block: number | null
  /** Bytes; null where it is not there. */
  size: number | null
}

/** What a service wrote while the scenario ran. */
export interface PageLog {
  service: string
  file: string
  lines: readonly string[]
  /** Bytes of the range, and whether more of it exists than `lines` has. Of a range of nothing they stand around it. */
  bytes: number
  cut: boolean
  /** What is to be said of lines that are not of this result alone. */
  shared: string | null
}

/** What is shown when a result is opened. */
export interface ResultDetail {
  /** Index of the result. */
  row: number
  file: string
  startedAt: string | null
  setupTime: number | null
  vramPrior: number | null
  vramLoaded: number | null
  metrics: Record<string, number | string | number[] | null>
  derived: readonly string[]
  input: PageText | null
  output: PageText | null
  errors: { message: PageText; stack?: PageText; expected?: PageText; actual?: PageText }[]
  transcript: { expected: PageText; heard: PageText; normalizer: string | null } | null
  inputFile: PageFile | null
  outputFile: PageFile | null
  attachments: PageFile[]
  logs: PageLog[]
}
