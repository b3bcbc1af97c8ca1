import type { Standing } from '../nights/standing.ts'
import type { Timeline } from '../nights/timeline.ts'
import { type NightVerdicts, SMALLEST_CHANGE } from '../nights/verdicts.ts'
import { type Case, samplesOf, type Side } from './cases.ts'
import { type Change, changeOf, weightOf } from './change.ts'
import { circumstancesOf } from './circumstances.ts'
import { differencesOf } from './differences.ts'
import { explains } from './explains.ts'
import { compareLoadouts } from './loadouts.ts'
import { rankOf } from './measure.ts'
import { compareReplies } from './replies.ts'
import type { CaseChange, Comparison, Outcome, SideSummary } from './types.ts'

/** From the worst to the best; what is the same stands between. */
const ORDER: readonly Outcome[] = [
  'broke',
  'new_failing',
  'failing',
  'flaky',
  'unfinished',
  'passing',
  'fixed',
  'new',
  'gone',
]
/** 2: whether something changed is told by `verdicts`; what a scenario's numbers did only explains them. */
const SCHEMA_VERSION = 2

/** What the nights before B say. */
export interface Nights extends NightVerdicts {
  /** How scenarios stand over the nights up to B, by key. */
  standings: ReadonlyMap<string, Standing>
  timeline?: Timeline
}

const NO_NIGHTS: Nights = { verdicts: [], nights: [], leftOut: [], limit: 0, standings: new Map() }

/**
 * Compares two sessions, matched by the ids of their results without the repeat. Whether anything but the outcome of
 * scenarios changed is for `nights` to say: two sessions alone cannot tell a change from noise.
 */
export function compare(
  a: Side,
  b: Side,
  { nights = NO_NIGHTS, threshold = SMALLEST_CHANGE }: { nights?: Nights; threshold?: number } = {},
): Comparison {
  const keys = new Set([...a.cases.keys(), ...b.cases.keys()])
  const outcomes = Object.fromEntries(ORDER.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >
  const cases: CaseChange[] = []
  for (const key of keys) {
    const change = caseChange(a, b, key, nights)
    outcomes[change.outcome] += 1
    if (change.outcome !== 'passing' || change.changes.length > 0) cases.push(change)
  }
  const { verdicts, nights: held, leftOut } = nights
  return {
    schema_version: SCHEMA_VERSION,
    a: summaryOf(a),
    b: summaryOf(b),
    differences: [...differencesOf(a.report, b.report), ...circumstancesOf(a, b)],
    threshold,
    verdicts: [...verdicts],
    nights: [...held],
    left_out: [...leftOut],
    ...(nights.timeline && { timeline: nights.timeline }),
    outcomes,
    cases: cases.toSorted(worstFirst),
    loadouts: compareLoadouts(a, b),
    replies: compareReplies(a.replies, b.replies),
  }
}

function caseChange(a: Side, b: Side, key: string, { standings, verdicts }: Nights): CaseChange {
  const standing = standings.get(key) ?? null
  const [left, right] = [a.cases.get(key), b.cases.get(key)]
  const { domain, loadout, name } = (right ?? left) as Case
  const outcome = outcomeOf(left, right, standing)
  const comparable = left !== undefined && right !== undefined && outcome !== 'unfinished'
  const moved = comparable ? changesOf([left, a], [right, b]) : []
  const own = verdicts.filter((one) => one.domain === domain && one.loadout === loadout)
  return {
    key,
    domain,
    loadout,
    name,
    outcome,
    a: tally(left),
    b: tally(right),
    message: right?.message ?? null,
    standing: standing && {
      state: standing.state,
      failing_since: standing.failingSince,
      last_passed: standing.lastPassed,
      last_failed: standing.lastFailed,
      failed: standing.failed,
      retried: standing.retried,
      nights: standing.nights,
    },
    changes: moved.filter((change) => own.some((verdict) => explains(change, verdict))),
  }
}

function outcomeOf(a: Case | undefined, b: Case | undefined, known: Standing | null): Outcome {
  if (b === undefined) return 'gone'
  // A run that was cut off says nothing about a scenario.
  if (standingIn(b) === 'unfinished') return 'unfinished'
  const passes = standingIn(b) === 'passes'
  // What fails now and then has not broken.
  if (!passes && known?.state === 'flaky') return 'flaky'
  if (a === undefined || standingIn(a) === 'unfinished') return passes ? 'new' : 'new_failing'
  if (standingIn(a) === 'passes') return passes ? 'passing' : 'broke'
  return passes ? 'fixed' : 'failing'
}

/** One attempt that fails makes a case fail. */
function standingIn({ attempts }: Case): 'passes' | 'fails' | 'unfinished' {
  if (attempts.some(({ status }) => status === 'FAILED' || status === 'MISSING')) return 'fails'
  return attempts.every(({ status }) => status === 'PASSED') ? 'passes' : 'unfinished'
}

function changesOf([a, sideA]: [Case, Side], [b, sideB]: [Case, Side]): Change[] {
  const changes = sideB.measures.list.flatMap((measure): Change[] => {
    const samples = samplesOf([a, sideA.measures], [b, sideB.measures], measure)
    return samples === null ? [] : [changeOf(measure, ...samples)]
  })
  return changes
    .filter(({ moved }) => moved !== 'same')
    .toSorted((one, other) => rankOf(one.key) - rankOf(other.key))
}

function tally(one: Case | undefined): CaseChange['a'] {
  if (one === undefined) return null
  const passed = one.attempts.filter(({ status }) => status === 'PASSED').length
  return { passed, n: one.attempts.length }
}

function worstFirst(one: CaseChange, other: CaseChange): number {
  const order = ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome)
  return order === 0 ? badness(other) - badness(one) : order
}

/** How much worse the worst number of a case is; below 0 where all changes are for the better. */
function badness({ changes }: CaseChange): number {
  const worse = changes.filter(({ moved }) => moved === 'worse').map(weightOf)
  if (worse.length > 0) return Math.max(...worse)
  return -Math.max(0, ...changes.map(weightOf))
}

function summaryOf({ report }: Side): SideSummary {
  const { directory, name, plan, kind, judgement, result, startedAt, duration, counts } = report
  const summary = { directory, name, kind, judgement, result, startedAt, duration, counts }
  return { ...summary, plan: plan?.name ?? null }
}
