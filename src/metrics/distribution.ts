import { mean, percentile } from './latency.ts'

/** A 95 % interval of a mean. */
export interface Interval {
  low: number
  high: number
  /** 0.95. */
  level: number
  /** How it was found. Journals of before have `resamples` and `seed` of a percentile bootstrap instead. */
  method: 'student_t'
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
const FEWEST_FOR_INTERVAL = 5

/** Describes the values; null of none. Percentiles are interpolated linearly, as NumPy's default does. */
export function distribution(values: readonly number[]): Distribution | null {
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
    interval: meanInterval(values),
  }
}

/**
 * Student's 95 % interval of the mean; null of fewer than five values. Of normally distributed values it covers 95 % at
 * any n, where a percentile bootstrap covers 84 % at n = 5; of skewed ones it covers more than that does as well
 * (docs/decisions/statistics.md).
 *
 * Student 1908, "The probable error of a mean", Biometrika 6:1; as SciPy's `ttest_1samp(values, 0).confidence_interval()`.
 */
export function meanInterval(values: readonly number[]): Interval | null {
  const n = values.length
  const average = mean(values)
  if (n < FEWEST_FOR_INTERVAL || average === null) return null
  const margin = student975(n - 1) * Math.sqrt((standardDeviation(values, average) ?? 0) ** 2 / n)
  return { low: average - margin, high: average + margin, level: LEVEL, method: 'student_t' }
}

/** The 97.5 % points of Student's t from 4 degrees of freedom on. */
const STUDENT_975 = [
  2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135, 2.262157163, 2.228138852,
  2.20098516, 2.17881283, 2.160368656, 2.144786688, 2.131449546, 2.119905299, 2.109815578,
  2.10092204, 2.093024054, 2.085963447, 2.079613845, 2.073873068, 2.06865761, 2.063898562,
  2.059538553, 2.055529439, 2.051830516, 2.048407142, 2.045229642,
]
const FIRST_OF_TABLE = 4
const NORMAL_975 = 1.959_963_984_540_054

/**
 * A run that repeats scenarios needs this one number of the t distribution, and is not to wait for the library that has
 * all of them: from 30 degrees of freedom on the series of Abramowitz and Stegun 1964, 26.7.5, exact to seven digits.
 */
function student975(degreesOfFreedom: number): number {
  const tabled = STUDENT_975[degreesOfFreedom - FIRST_OF_TABLE]
  if (tabled !== undefined) return tabled
  const [x, v] = [NORMAL_975, degreesOfFreedom]
  return (
    x +
    (x ** 3 + x) / (4 * v) +
    (5 * x ** 5 + 16 * x ** 3 + 3 * x) / (96 * v ** 2) +
    (3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x) / (384 * v ** 3) +
    (79 * x ** 9 + 776 * x ** 7 + 1482 * x ** 5 - 1920 * x ** 3 - 945 * x) / (92_160 * v ** 4)
  )
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
