import { type Case, samplesOf, type Side } from './cases.ts'
import { type Change, changeOf, DEFAULT_THRESHOLD, weightOf } from './change.ts'
import { differencesOf } from './differences.ts'
import { compareLoadouts } from './loadouts.ts'
import { rankOf } from './measure.ts'
import { compareReplies } from './replies.ts'
import type { CaseChange, Comparison, Outcome, SideSummary } from './types.ts'

/** From the worst to the best; what is the same stands between. */
const ORDER: readonly Outcome[] = [
  'broke',
  'new_failing',
  'failing',
  'unfinished',
  'passing',
  'fixed',
  'new',
  'gone',
]
const SCHEMA_VERSION = 1

/** Compares two sessions, matched by the ids of their results without the repeat. */
export function compare(a: Side, b: Side, threshold: number = DEFAULT_THRESHOLD): Comparison {
  const keys = new Set([...a.cases.keys(), ...b.cases.keys()])
  const outcomes = Object.fromEntries(ORDER.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >
  const cases: CaseChange[] = []
  for (const key of keys) {
    const change = caseChange(a, b, key, threshold)
    outcomes[change.outcome] += 1
    if (change.outcome !== 'passing' || change.changes.length > 0) cases.push(change)
  }
  return {
    schema_version: SCHEMA_VERSION,
    a: summaryOf(a),
    b: summaryOf(b),
    differences: differencesOf(a.report, b.report),
    threshold,
    outcomes,
    cases: cases.toSorted(worstFirst),
    loadouts: compareLoadouts(a, b, threshold),
    replies: compareReplies(a.replies, b.replies),
  }
}

function caseChange(a: Side, b: Side, key: string, threshold: number): CaseChange {
  const [left, right] = [a.cases.get(key), b.cases.get(key)]
  const { domain, loadout, name } = (right ?? left) as Case
  const outcome = outcomeOf(left, right)
  const comparable = left !== undefined && right !== undefined && outcome !== 'unfinished'
  return {
    key,
    domain,
    loadout,
    name,
    outcome,
    a: tally(left),
    b: tally(right),
    message: right?.message ?? null,
    changes: comparable ? changesOf([left, a], [right, b], threshold) : [],
  }
}

function outcomeOf(a: Case | undefined, b: Case | undefined): Outcome {
  if (b === undefined) return 'gone'
  // A run that was cut off says nothing about a scenario.
  if (standing(b) === 'unfinished') return 'unfinished'
  const passes = standing(b) === 'passes'
  if (a === undefined || standing(a) === 'unfinished') return passes ? 'new' : 'new_failing'
  if (standing(a) === 'passes') return passes ? 'passing' : 'broke'
  return passes ? 'fixed' : 'failing'
}

/** One attempt that fails makes a case fail. */
function standing({ attempts }: Case): 'passes' | 'fails' | 'unfinished' {
  if (attempts.some(({ status }) => status === 'FAILED' || status === 'MISSING')) return 'fails'
  return attempts.every(({ status }) => status === 'PASSED') ? 'passes' : 'unfinished'
}

function changesOf(
  [a, sideA]: [Case, Side],
  [b, sideB]: [Case, Side],
  threshold: number,
): Change[] {
  const changes = sideB.measures.list.flatMap((measure): Change[] => {
    const samples = samplesOf([a, sideA.measures], [b, sideB.measures], measure)
    if (samples === null) return []
    const change = changeOf(measure, ...samples, threshold)
    return change.verdict === 'same' ? [] : [change]
  })
  return changes.toSorted((one, other) => rankOf(one.key) - rankOf(other.key))
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
  const worse = changes.filter(({ verdict }) => verdict === 'worse').map(weightOf)
  if (worse.length > 0) return Math.max(...worse)
  return -Math.max(0, ...changes.map(weightOf))
}

function summaryOf({ report }: Side): SideSummary {
  const { directory, name, plan, kind, judgement, result, startedAt, duration, counts } = report
  const summary = { directory, name, kind, judgement, result, startedAt, duration, counts }
  return { ...summary, plan: plan?.name ?? null }
}
