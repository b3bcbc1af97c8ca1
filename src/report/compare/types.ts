import type { Counts, Domain, RunStatus } from '../../events/index.ts'
import type { SessionReport } from '../session/types.ts'
import type { Change } from './change.ts'
import type { Difference } from './differences.ts'
import type { ReplyComparison } from './replies.ts'

/** What became of a scenario on a loadout from A to B. */
export type Outcome =
  | 'broke'
  | 'failing'
  | 'new_failing'
  | 'fixed'
  | 'passing'
  | 'new'
  | 'gone'
  | 'unfinished'

/** A scenario on a loadout in both sessions. */
export interface CaseChange {
  /** As the ids of its results, without the repeat. */
  key: string
  domain: Domain
  /** Model URIs joined by ` + `. */
  loadout: string
  name: string
  outcome: Outcome
  /** How many attempts passed, of how many; null where there were none. */
  a: { passed: number; n: number } | null
  b: { passed: number; n: number } | null
  /** Why it does not pass in B. */
  message: string | null
  /** Numbers that are better or worse; those that are the same are left out. */
  changes: Change[]
}

/** A loadout over the scenarios that passed in both sessions. */
export interface LoadoutChange {
  domain: Domain
  loadout: string
  /** How many scenarios passed in both. */
  scenarios: number
  /** Every number that both sessions know, the same ones included. */
  changes: LoadoutNumber[]
}

/** As a change; speed over several scenarios is told by the typical ratio of B to A. */
export interface LoadoutNumber extends Omit<Change, 'by' | 'intervals'> {
  /** `pairs`: 95 % interval of the mean ratio over scenarios, each compared with itself. */
  by: 'pairs' | 'threshold'
  /** Of `relative`; null where there are fewer than five scenarios. */
  interval: { low: number; high: number } | null
}

/** A session, as a comparison names it. */
export interface SideSummary {
  directory: string
  name: string
  plan: string | null
  kind: SessionReport['kind']
  judgement: SessionReport['judgement']
  result: RunStatus | null
  startedAt: string | null
  duration: number | null
  counts: Counts
}

/** Two sessions beside each other: A is the earlier or the one to hold to, B the one that is asked about. */
export interface Comparison {
  schema_version: number
  a: SideSummary
  b: SideSummary
  differences: Difference[]
  /** The share beyond which a single number counts as changed. */
  threshold: number
  /** How many cases had each outcome. */
  outcomes: Record<Outcome, number>
  /** Those that are not just the same: worst first. */
  cases: CaseChange[]
  /** In the order of A, then those of B. */
  loadouts: LoadoutChange[]
  /** What was answered differently to the same requests. */
  replies?: ReplyComparison
}
