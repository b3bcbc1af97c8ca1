import type { Domain, ScenarioResult, ScenarioStatus } from '../../events/index.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { type EditCounts, pooledErrorRate } from '../../metrics/error-rate.ts'
import { percentile } from '../../metrics/latency.ts'
import { FlagCounts } from '../doubts.ts'
import { readResults, readSession } from '../session/index.ts'
import type { SessionReport } from '../session/types.ts'
import { WithoutCounts } from '../without.ts'
import { isWarmOnly, type Measure, numbersOf } from './measure.ts'
import { ReplyBook } from './replies.ts'

/** A scenario on a loadout in one session, with all its repeats. */
export interface Case {
  /** As the ids of its results, without the repeat. */
  key: string
  domain: Domain
  /** Model URIs joined by ` + `; the safe name where a result has none. */
  loadout: string
  name: string
  attempts: Attempt[]
  /** What the first attempt that did not pass says, cut. */
  message: string | null
}

interface Attempt {
  status: ScenarioStatus
  cold: boolean
  /** By the position of its measure in the side's list; NaN where unknown. */
  values: number[]
  /** Substituted, deleted, inserted and hit. */
  counts: Readonly<Record<string, number[]>> | null
}

/** One of two sessions that are compared. */
export interface Side {
  report: SessionReport
  /** By key. */
  cases: Map<string, Case>
  measures: Measures
  replies: ReplyBook
  flags: FlagCounts
  without: WithoutCounts
}

/** The values of one measure over attempts, and what stands for all of them. */
export interface Sample {
  values: number[]
  /** The median; of error rates the one of the pooled counts. */
  center: number
  /** What error rates are pooled from; null where a value lacks its counts. */
  counts: EditCounts[] | null
}

const LONGEST_MESSAGE = 300

/** Reads a session for a comparison: of each result a few numbers are kept. */
export async function readSide(directory: string): Promise<Side> {
  const report = await readSession(directory)
  const side: Side = {
    report,
    cases: new Map(),
    measures: new Measures(),
    replies: new ReplyBook(),
    flags: new FlagCounts(),
    without: new WithoutCounts(),
  }
  for await (const result of readResults(directory)) {
    if (result.status !== 'SKIPPED') addResult(side, result)
  }
  return side
}

/** Adds a result to its case. */
export function addResult(side: Side, result: ScenarioResult): void {
  const { cases, measures } = side
  const key = caseKey(result.id)
  side.replies.add(key, result)
  side.flags.add(result)
  side.without.add(result)
  const known = cases.get(key)
  const one = known ?? newCase(key, result)
  if (known === undefined) cases.set(key, one)
  const values: number[] = []
  for (const { measure, value } of numbersOf(result)) {
    const at = measures.indexOf(measure)
    while (values.length < at) values.push(Number.NaN)
    values[at] = value
  }
  const { status } = result
  one.attempts.push({ status, cold: result.cold === true, values, counts: countsOf(result) })
  if (status !== 'PASSED') one.message ??= messageOf(result)
}

/** The id of a result without its repeat: what two sessions are matched by. */
export function caseKey(id: string): string {
  return id.replace(/\|\d+$/, '')
}

/** What of a measure two cases have in common: warm beside warm or cold beside cold; null where nothing is. */
export function samplesOf(
  [a, measuresA]: [Case, Measures],
  [b, measuresB]: [Case, Measures],
  { key, aspect }: Measure,
): [Sample, Sample] | null {
  const statuses = aspect === 'quality' ? ['PASSED', 'FAILED'] : ['PASSED']
  const known = (one: Case, measures: Measures): Known[] => {
    const at = measures.positionOf(key)
    return one.attempts.flatMap(({ status, cold, values, counts }) => {
      const value = at === null ? Number.NaN : (values[at] ?? Number.NaN)
      const isKnown = statuses.includes(status) && !Number.isNaN(value)
      return isKnown ? [{ value, cold, counts: counts?.[key] ?? null }] : []
    })
  }
  const [left, right] = [known(a, measuresA), known(b, measuresB)]
  if (left.length === 0 || right.length === 0) return null
  const isMixed = left.some(({ cold }) => cold) !== right.some(({ cold }) => cold)
  if (aspect === 'quality' || (!isMixed && !isWarmOnly(key))) {
    return [sampleOf(left), sampleOf(right)]
  }
  for (const cold of [false, true]) {
    const pair = [left, right].map((side) => side.filter((value) => value.cold === cold))
    const [some = [], others = []] = pair
    if (some.length > 0 && others.length > 0) return [sampleOf(some), sampleOf(others)]
  }
  return null
}

interface Known {
  value: number
  cold: boolean
  counts: number[] | null
}

function sampleOf(known: readonly Known[]): Sample {
  const values = known.map(({ value }) => value)
  const stated = known.flatMap(({ counts }) => (counts === null ? [] : [editCounts(counts)]))
  const counts = stated.length === known.length ? stated : null
  return {
    values,
    center: (counts && pooledErrorRate(counts)) ?? percentile(values, 50) ?? 0,
    counts,
  }
}

/** Which number of a result stands where. */
export class Measures {
  readonly #positions = new Map<string, number>()
  readonly list: Measure[] = []

  indexOf(measure: Measure): number {
    const known = this.#positions.get(measure.key)
    if (known !== undefined) return known
    this.#positions.set(measure.key, this.list.length)
    return this.list.push(measure) - 1
  }

  positionOf(key: string): number | null {
    return this.#positions.get(key) ?? null
  }
}

/** Counts as results carry them: substituted, deleted, inserted, hit. */
export function editCounts(counts: readonly number[]): EditCounts {
  const [substitutions = 0, deletions = 0, insertions = 0, hits = 0] = counts
  return { substitutions, deletions, insertions, hits }
}

function newCase(key: string, { domain, loadout, models, name }: ScenarioResult): Case {
  const title = models.length > 0 ? models.join(' + ') : loadout
  return { key, domain, loadout: title, name, attempts: [], message: null }
}

function countsOf({ metrics }: ScenarioResult): Attempt['counts'] {
  const known = Object.entries(ERROR_COUNTS).flatMap(([rate, key]) => {
    const counts = metrics[key]
    return Array.isArray(counts) ? [[rate, counts] as const] : []
  })
  return known.length === 0 ? null : Object.fromEntries(known)
}

function messageOf({ errors }: ScenarioResult): string | null {
  const message = errors[0]?.message
  return message === undefined ? null : message.slice(0, LONGEST_MESSAGE)
}
