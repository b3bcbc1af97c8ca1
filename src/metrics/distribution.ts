import { mean, percentile } from './latency.ts'

/** A 95 % interval of a mean, and what it takes to have the same one again. */
export interface Interval {
  low: number
  high: number
  /** 0.95. */
  level: number
  resamples: number
  seed: number
}

/** How repeated measurements spread. */
export interface Distribution {
  n: number
  mean: number
  median: number
  /** Of a sample, n − 1 below the line; null of a single value. */
  std: number | null
  p90: number
  p95: number
  p99: number
  min: number
  max: number
  /** Of the mean; null of fewer than five values. */
  interval: Interval | null
}

const LEVEL = 0.95
const RESAMPLES = 2_000
const DEFAULT_SEED = 20_260_216
const FEWEST_FOR_INTERVAL = 5

/** Describes the values; null of none. Percentiles are interpolated linearly, as NumPy's default does. */
export function distribution(
  values: readonly number[],
  seed: number = DEFAULT_SEED,
): Distribution | null {
  const average = mean(values)
  if (average === null) return null
  const at = (p: number): number => percentile(values, p) ?? average
  return {
    n: values.length,
    mean: average,
    median: at(50),
    std: standardDeviation(values, average),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    min: at(0),
    max: at(100),
    interval: bootstrapInterval(values, seed),
  }
}

/**
 * The 95 % percentile bootstrap of the mean (Efron and Tibshirani 1993, chapter 13); null of fewer than five
 * values.
 */
export function bootstrapInterval(
  values: readonly number[],
  seed: number = DEFAULT_SEED,
): Interval | null {
  const n = values.length
  if (n < FEWEST_FOR_INTERVAL) return null
  const random = mulberry32(seed)
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0
    for (let draw = 0; draw < n; draw += 1) sum += values[Math.floor(random() * n)] ?? 0
    return sum / n
  })
  const tail = ((1 - LEVEL) / 2) * 100
  const [low, high] = [percentile(means, tail) ?? 0, percentile(means, 100 - tail) ?? 0]
  return { low, high, level: LEVEL, resamples: RESAMPLES, seed }
}

/**
 * pass@k: the chance that at least one of k attempts passes, from `passed` of n attempts without bias:
 * 1 − C(n − c, k) / C(n, k). Null where k is not within 1 and n.
 *
 * Chen et al. 2021, "Evaluating Large Language Models Trained on Code", equation 1.
 */
export function passAtK(n: number, passed: number, k: number): number | null {
  const all = allOf(n, n - passed, k)
  return all === null ? null : 1 - all
}

/**
 * pass^k: the chance that all of k attempts pass: C(c, k) / C(n, k). Null where k is not within 1 and n.
 *
 * Yao et al. 2024, "τ-bench", section 3.
 */
export function passHatK(n: number, passed: number, k: number): number | null {
  return allOf(n, passed, k)
}

/** The chance that k attempts, drawn from n, are all among `chosen` of them. */
function allOf(n: number, chosen: number, k: number): number | null {
  if (!Number.isInteger(k) || k < 1 || k > n) return null
  let chance = 1
  for (let drawn = 0; drawn < k; drawn += 1) chance *= Math.max(0, chosen - drawn) / (n - drawn)
  return chance
}

function standardDeviation(values: readonly number[], average: number): number | null {
  if (values.length < 2) return null
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

/** A small generator of uniform numbers (Tommy Ettinger's Mulberry32): the same seed, the same interval. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
