import { studentQuantile } from './student-t.ts'

/** A 95 % interval. */
export interface Range {
  low: number
  high: number
}

const TAIL = 0.025
const NORMAL_QUANTILE = 1.959_963_984_540_054

/**
 * The 95 % interval of a share of `n`, of which `passed` did; null of none. Wilson 1927, "Probable inference, the law of
 * succession, and statistical inference", equation 6, without correction for continuity: it covers 95 % on the average,
 * and never less than 83 % (Agresti and Coull 1998).
 */
export function shareInterval(passed: number, n: number): Range | null {
  if (n <= 0) return null
  const z2 = NORMAL_QUANTILE ** 2
  const share = passed / n
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half =
    (NORMAL_QUANTILE / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/**
 * Σ y / Σ x over groups, of which each was drawn as a whole (the results of a scenario), with its 95 % interval; null
 * where there is nothing to divide by. The interval is null of fewer than two groups, and where they do not differ.
 *
 * The ratio estimator and its variance (Cochran 1977, "Sampling Techniques", 6.3 and 6.4) with Student's quantile of one
 * less than the groups; with the same `x` in each it is the mean with the interval of its t test. It covers 95 % where
 * groups differ normally, and less of few groups that differ much in size.
 */
export function pooledMean(
  groups: readonly { y: number; x: number }[],
): { value: number; interval: Range | null } | null {
  const n = groups.length
  const [y, x] = [
    groups.reduce((sum, one) => sum + one.y, 0),
    groups.reduce((sum, one) => sum + one.x, 0),
  ]
  if (x <= 0) return null
  const value = y / x
  const squares = groups.reduce((sum, one) => sum + (one.y - value * one.x) ** 2, 0)
  if (n < 2 || squares === 0) return { value, interval: null }
  const error = Math.sqrt((squares * n) / (n - 1)) / x
  const margin = studentQuantile(1 - TAIL, n - 1) * error
  return { value, interval: { low: value - margin, high: value + margin } }
}

/**
 * The 95 % interval of a median by the order of the values: it covers at least 95 % whatever their distribution is, and is
 * null of fewer than six, which cannot do that. David and Nagaraja 2003, "Order Statistics", 7.1.
 */
export function medianInterval(values: readonly number[]): Range | null {
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  let outside = 0
  let term = 0.5 ** n
  let rank = 0
  // So many values on each side may be left out that both together hold the median in at most one of twenty cases.
  while (outside + term <= TAIL) {
    outside += term
    rank += 1
    term *= (n - rank + 1) / rank
  }
  const [low, high] = [sorted[rank - 1], sorted[n - rank]]
  return rank === 0 || low === undefined || high === undefined ? null : { low, high }
}
