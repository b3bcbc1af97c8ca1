import { own } from '../../host/own.ts'
import type { Counts } from '../../events/index.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import type { ReportedResult } from '../session/index.ts'

/** What the values of one metric come to. */
export interface Sum {
  n: number
  sum: number
  max: number
}

/** Counted errors of all results together: words or characters substituted, deleted, inserted and hit. */
type ErrorCounts = [number, number, number, number]

const COUNTS: ReadonlySet<string> = new Set(Object.values(ERROR_COUNTS))

/** The totals of any number of results. */
export class Tally {
  readonly counts: Counts = { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
  results = 0
  /** Sum of the durations, in seconds. */
  time = 0
  vramPeak: number | null = null
  readonly #sums = new Map<string, Sum>()
  readonly #errors = new Map<string, ErrorCounts>()

  add(result: ReportedResult): void {
    this.results += 1
    this.counts[COUNTED_AS[result.status]] += 1
    this.time += finite(result.duration) ?? 0
    this.#peak(finite(result.vram_peak))
    const { metrics } = result
    for (const key in metrics) {
      const value = metrics[key]
      if (typeof value === 'number') {
        if (Number.isFinite(value)) {
          include(this.#sums, key, { n: 1, sum: value, max: value })
        }
      } else if (Array.isArray(value) && COUNTS.has(key) && value.length === 4) {
        pool(this.#errors, key, value as ErrorCounts)
      }
    }
  }

  merge(other: Tally): void {
    this.results += other.results
    this.time += other.time
    for (const [key, count] of Object.entries(other.counts))
      this.counts[key as keyof Counts] += count
    for (const [key, sum] of other.#sums) include(this.#sums, key, sum)
    for (const [key, counts] of other.#errors) pool(this.#errors, key, counts)
    this.#peak(other.vramPeak)
  }

  sum(key: string): Sum | null {
    return this.#sums.get(key) ?? null
  }

  /** Counted errors under the key of the counts; null where no result has them. */
  errors(key: string): readonly number[] | null {
    return this.#errors.get(key) ?? null
  }

  /**
   * What the metric comes to over all results: pooled where its definition pools, else the mean. Null where it is not
   * known.
   */
  overall(key: string): number | null {
    const counts = own(ERROR_COUNTS, key)
    if (counts !== undefined) {
      const [s, d, i, h] = this.#errors.get(counts) ?? [0, 0, 0, 0]
      return s + d + h === 0 ? null : (s + d + i) / (s + d + h)
    }
    const known = this.#sums.get(key)
    return known === undefined ? null : known.sum / known.n
  }

  #peak(value: number | null): void {
    if (value !== null && value > (this.vramPeak ?? -Infinity)) this.vramPeak = value
  }
}

/** The totals of several tallies together. */
export function merged(tallies: Iterable<Tally>): Tally {
  const all = new Tally()
  for (const tally of tallies) all.merge(tally)
  return all
}

const COUNTED_AS = {
  PASSED: 'passed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  MISSING: 'missing',
  INTERRUPTED: 'interrupted',
} as const

function include(sums: Map<string, Sum>, key: string, { n, sum, max }: Sum): void {
  const known = sums.get(key)
  if (known === undefined) {
    sums.set(key, { n, sum, max })
    return
  }
  known.n += n
  known.sum += sum
  if (max > known.max) known.max = max
}

function pool(errors: Map<string, ErrorCounts>, key: string, counts: ErrorCounts): void {
  const known = errors.get(key)
  if (known === undefined) errors.set(key, [...counts])
  else for (const index of [0, 1, 2, 3] as const) known[index] += counts[index]
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
