import { own } from '../../host/own.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { type EditCounts, pooledErrorRate } from '../../metrics/error-rate.ts'
import { describedAs, isSpeed } from '../../metrics/speed-keys.ts'
import type { ReportedResult } from '../session/types.ts'
import type { Spread } from './types.ts'

/** Metrics of one loadout that are followed: scenarios may make up any number. */
const MOST_KEYS = 64

interface Values {
  numbers: number[]
  counts: EditCounts[]
}

/**
 * Gathers the numbers of one loadout, of all its results; without how fast they were, which says nothing over replies of
 * different length.
 */
export class Spreads {
  readonly #values = new Map<string, Values>()

  add({ metrics, measures }: ReportedResult): void {
    for (const key of Object.keys(metrics)) {
      const value = metrics[key]
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      const about = describedAs(key, measures)
      if (about !== undefined && isSpeed(key, about)) continue
      const values = this.#of(key)
      values?.numbers.push(value)
      const counts = countsOf(metrics[own(ERROR_COUNTS, key) ?? ''])
      if (counts !== null) values?.counts.push(counts)
    }
  }

  /** Each metric's spread by its key. */
  result(): Record<string, Spread> {
    return Object.fromEntries([...this.#values].map(([key, values]) => [key, spreadOf(values)]))
  }

  #of(key: string): Values | undefined {
    let values = this.#values.get(key)
    if (values === undefined && this.#values.size < MOST_KEYS) {
      values = { numbers: [], counts: [] }
      this.#values.set(key, values)
    }
    return values
  }
}

/** The numbers at the borders of a distribution's parts: 5, 25, 50, 75 and 95 of 100. */
function spreadOf({ numbers, counts }: Values): Spread {
  const sorted = Float64Array.from(numbers).sort()
  const at = (share: number): number => {
    const position = (sorted.length - 1) * share
    const below = sorted[Math.floor(position)] ?? 0
    const above = sorted[Math.ceil(position)] ?? below
    return short(below + (above - below) * (position - Math.floor(position)))
  }
  const pooled = counts.length === numbers.length ? pooledErrorRate(counts) : null
  return {
    n: sorted.length,
    low: at(0.05),
    quarter: at(0.25),
    median: at(0.5),
    upper: at(0.75),
    high: at(0.95),
    mean: short(sorted.reduce((sum, value) => sum + value, 0) / sorted.length),
    pooled: pooled === null ? null : short(pooled),
  }
}

/** A number with as many digits as a chart or a table can show. */
export function short(value: number): number {
  return Number(value.toPrecision(6))
}

function countsOf(value: unknown): EditCounts | null {
  if (!Array.isArray(value) || value.length !== 4) return null
  const [substitutions, deletions, insertions, hits] = value as number[]
  return {
    substitutions: substitutions ?? 0,
    deletions: deletions ?? 0,
    insertions: insertions ?? 0,
    hits: hits ?? 0,
  }
}
