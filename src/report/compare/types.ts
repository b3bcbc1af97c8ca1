import type { Counts, Domain, RunStatus } from '../../events/index.ts'
import type { Standing } from '../nights/standing.ts'
import type { Timeline } from '../nights/timeline.ts'
import type { Verdict } from '../nights/types.ts'
import type { SessionReport } from '../session/types.ts'
import type { Change } from './change.ts'
import type { Difference } from './differences.ts'
import type { ReplyComparison } from './replies.ts'

/** What became of a scenario on a loadout from A to B. */
export type Outcome =
  | 'broke'
  | 'failing'
  | 'new_failing'
  | 'flaky'
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
  /** How it stands over the nights up to B; null where none is known. */
  standing: {
    state: Standing['state']
    /** The first night of the newest ones on which it fails. */
    failing_since: string | null
    last_passed: string | null
    last_failed: string | null
    /** On how many nights it failed, passed only when it was tried again, and ran at all. */
    failed: number
    retried: number
    nights: number
  } | null
  /** Numbers that went the way that a verdict tells of the loadout. They explain it, and are none themselves. */
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

/** As a change; of speed `a` and `b` are geometric means over the same scenarios, and `relative` is their ratio less 1. */
export interface LoadoutNumber extends Change {
  /** 95 % interval of `relative` over scenarios; null for other numbers and fewer than two scenarios. */
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
  /** A share: a change that is surely smaller is told to be none. */
  threshold: number
  /** One a loadout of B and aspect: whether it changed, by the noise between nights. */
  verdicts: Verdict[]
  /** Sessions that were held beside B for them, oldest first. */
  nights: string[]
  /** Those that were not, with the reason. */
  left_out: { session: string; why: string }[]
  /** What happened over all nights of the host and plan of B, and when. */
  timeline?: Timeline
  /** How many cases had each outcome. */
  outcomes: Record<Outcome, number>
  /** Those that are not just the same: worst first. */
  cases: CaseChange[]
  /** In the order of A, then those of B. */
  loadouts: LoadoutChange[]
  /** What was answered differently to the same requests. */
  replies?: ReplyComparison
}
