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

/** The totals of any number of results: plain data, as another thread may write them. */
export interface Tally {
  counts: Counts
  results: number
  /** Sum of the durations, in seconds. */
  time: number
  vramPeak: number | null
  /** What the values of each metric come to. */
  sums: Map<string, Sum>
  /** By the key of the counts; absent where no result has them. */
  errors: Map<string, ErrorCounts>
}

export function newTally(): Tally {
  return {
    counts: { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 },
    results: 0,
    time: 0,
    vramPeak: null,
    sums: new Map(),
    errors: new Map(),
  }
}

/** Takes a result into totals. */
export function addToTally(tally: Tally, result: ReportedResult): void {
  tally.results += 1
  tally.counts[COUNTED_AS[result.status]] += 1
  tally.time += finite(result.duration) ?? 0
  includePeak(tally, finite(result.vram_peak))
  const { metrics } = result
  for (const key in metrics) {
    const value = metrics[key]
    if (typeof value === 'number') {
      if (Number.isFinite(value)) includeValue(tally.sums, key, value)
    } else if (Array.isArray(value) && COUNTS.has(key) && value.length === 4) {
      pool(tally.errors, key, value as ErrorCounts)
    }
  }
}

/** The totals of several tallies together. */
export function merged(tallies: Iterable<Tally>): Tally {
  const all = newTally()
  for (const { results, time, counts, sums, errors, vramPeak } of tallies) {
    all.results += results
    all.time += time
    for (const key of Object.keys(counts) as (keyof Counts)[]) all.counts[key] += counts[key]
    for (const [key, sum] of sums) include(all.sums, key, sum)
    for (const [key, pooled] of errors) pool(all.errors, key, pooled)
    includePeak(all, vramPeak)
  }
  return all
}

/**
 * What the metric comes to over all results: pooled where its definition pools, else the mean. Null where it is not
 * known.
 */
export function overall({ sums, errors }: Tally, key: string): number | null {
  const counts = own(ERROR_COUNTS, key)
  if (counts !== undefined) {
    const [s, d, i, h] = errors.get(counts) ?? [0, 0, 0, 0]
    return s + d + h === 0 ? null : (s + d + i) / (s + d + h)
  }
  const known = sums.get(key)
  return known === undefined ? null : known.sum / known.n
}

const COUNTED_AS = {
  PASSED: 'passed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  MISSING: 'missing',
  INTERRUPTED: 'interrupted',
} as const

function includePeak(tally: Tally, value: number | null): void {
  if (value !== null && value > (tally.vramPeak ?? -Infinity)) tally.vramPeak = value
}

function includeValue(sums: Map<string, Sum>, key: string, value: number): void {
  const known = sums.get(key)
  if (known === undefined) {
    sums.set(key, { n: 1, sum: value, max: value })
    return
  }
  known.n += 1
  known.sum += value
  if (value > known.max) known.max = value
}

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
