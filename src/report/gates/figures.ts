import { loadoutKey } from '../../events/index.ts'
import type { Counts, Domain, ScenarioResult } from '../../events/index.ts'
import { type EditCounts, pooledErrorRate } from '../../metrics/error-rate.ts'
import { editCounts } from '../compare/cases.ts'
import { isWarmOnly, measureOf } from '../compare/measure.ts'
import { readResults } from '../session/index.ts'
import type { LoadoutReport, SessionReport } from '../session/types.ts'

/** The numbers of one loadout over its results. */
export interface LoadoutFigures {
  domain: Domain
  /** Safe name. */
  loadout: string
  models: readonly string[]
  counts: Counts
  /** Null where no result has it. */
  figure(key: string): Figure | null
}

export interface Figure {
  value: number
  /** How many values it is of. */
  n: number
  /** Only the first result after a load has it, which does not count. */
  isCold: boolean
}

/** Facts of a loadout as a whole. */
const OF_LOADOUT = {
  setup_time: 'setupTime',
  cleanup_time: 'cleanupTime',
  vram_loaded: 'vramLoaded',
  vram_peak: 'vramPeak',
  vram_after: 'vramAfter',
} as const satisfies Record<string, keyof LoadoutReport>

/** Whether a metric is of a loadout as a whole. */
export function isOfLoadout(key: string): boolean {
  return Object.hasOwn(OF_LOADOUT, key)
}

const STATUS_KEYS = {
  PASSED: 'passed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  MISSING: 'missing',
  INTERRUPTED: 'interrupted',
} as const satisfies Record<ScenarioResult['status'], keyof Counts>

/** Reads the results of a session into the numbers of its loadouts. `wants` leaves results out. */
export async function readFigures(
  report: SessionReport,
  wants: (result: ScenarioResult) => boolean = () => true,
): Promise<Map<string, LoadoutFigures>> {
  const all = new Map<string, Collected>()
  for await (const result of readResults(report.directory)) {
    if (!wants(result)) continue
    const key = loadoutKey(result)
    const known = all.get(key)
    const one = known ?? new Collected(result, reportOf(report, result))
    if (known === undefined) all.set(key, one)
    one.add(result)
  }
  return all
}

class Collected implements LoadoutFigures {
  readonly domain: Domain
  readonly loadout: string
  readonly models: readonly string[]
  readonly counts: Counts = { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
  readonly #report: LoadoutReport | undefined
  readonly #totals = new Map<string, Total>()

  constructor({ domain, loadout, models }: ScenarioResult, report: LoadoutReport | undefined) {
    this.domain = domain
    this.loadout = loadout
    this.models = models
    this.#report = report
  }

  add(result: ScenarioResult): void {
    this.counts[STATUS_KEYS[result.status]] += 1
    if (result.status !== 'PASSED' && result.status !== 'FAILED') return
    const { duration, vram_peak, vram_loaded, setup_time, metrics } = result
    const beside = { duration, vram_peak, vram_loaded, setup_time }
    for (const [key, value] of Object.entries({ ...metrics, ...beside })) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      // A request that failed may have been quick to do so.
      const isOfFailure = result.status === 'FAILED' && measureOf(key)?.aspect === 'speed'
      if (!isOfFailure) this.#take(key, value, result)
    }
  }

  figure(key: string): Figure | null {
    const own = key in OF_LOADOUT ? this.#report?.[OF_LOADOUT[key as 'setup_time']] : null
    if (typeof own === 'number') return { value: own, n: 1, isCold: false }
    const warm = this.#totals.get(key)
    const total = warm ?? this.#totals.get(coldKey(key))
    if (total === undefined) return null
    const { counts, n, sum, highest } = total
    const pooled = counts === null ? null : pooledErrorRate([counts])
    const value = key === 'vram_peak' ? highest : (pooled ?? sum / n)
    return { value, n, isCold: warm === undefined }
  }

  #take(key: string, value: number, { cold, metrics }: ScenarioResult): void {
    const name = isWarmOnly(key) && cold === true ? coldKey(key) : key
    const total = this.#totals.get(name) ?? newTotal()
    this.#totals.set(name, total)
    total.n += 1
    total.sum += value
    total.highest = Math.max(total.highest, value)
    const counts = metrics[`${key}_counts`]
    total.counts = Array.isArray(counts) && total.counts ? added(total.counts, counts) : null
  }
}

interface Total {
  n: number
  sum: number
  highest: number
  /** Null once a value came without its counts. */
  counts: EditCounts | null
}

function newTotal(): Total {
  const counts = { hits: 0, substitutions: 0, deletions: 0, insertions: 0 }
  return { n: 0, sum: 0, highest: -Infinity, counts }
}

function added(sum: EditCounts, list: readonly number[]): EditCounts {
  const more = editCounts(list)
  return {
    hits: sum.hits + more.hits,
    substitutions: sum.substitutions + more.substitutions,
    deletions: sum.deletions + more.deletions,
    insertions: sum.insertions + more.insertions,
  }
}

function coldKey(key: string): string {
  return `cold ${key}`
}

function reportOf(report: SessionReport, result: ScenarioResult): LoadoutReport | undefined {
  return report.loadouts.find(
    ({ domain, loadout }) => domain === result.domain && loadout === result.loadout,
  )
}
