import { percentile } from './latency.ts'
import { studentQuantile } from './student-t.ts'

/** How much faster (or, of durations, longer) one thing is than another, over the scenarios that both have. */
export interface SpeedRatio {
  /** Geometric mean of `to / from`; 1 where nothing differs. */
  ratio: number
  /** Scenarios it is taken over. */
  n: number
  /** 95 % interval of the ratio; null of fewer than two scenarios. */
  interval: { low: number; high: number } | null
}

const LEVEL = 0.95

/**
 * The geometric mean of `to / from` over scenarios, one pair a scenario (of repeats the median); null where there is no
 * pair. A pair with a number that is not above 0 has no ratio and does not count.
 *
 * The mean of ratios to a common reference must be the geometric one, else the order depends on the reference (Fleming
 * and Wallace 1986, "How not to lie with statistics", CACM 29:3). The interval is Student's of the mean log ratio
 * (Student 1908; as SciPy's `ttest_1samp(log(to / from), 0).confidence_interval()`): it tells how well these scenarios
 * pin the ratio down, not what another night would give. It covers 95 % where log ratios are normally distributed, at
 * any n from 2 on; see docs/decisions/statistics.md for others.
 */
export function speedRatio(pairs: readonly { from: number; to: number }[]): SpeedRatio | null {
  const logs = pairs.filter(hasRatio).map(({ from, to }) => Math.log(to / from))
  const n = logs.length
  if (n === 0) return null
  const mean = logs.reduce((sum, log) => sum + log, 0) / n
  return { ratio: Math.exp(mean), n, interval: intervalOf(logs, mean) }
}

/** The middle value, or the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  return percentile(values, 50)
}

function hasRatio({ from, to }: { from: number; to: number }): boolean {
  return [from, to].every((value) => Number.isFinite(value) && value > 0)
}

function intervalOf(logs: readonly number[], mean: number): SpeedRatio['interval'] {
  const n = logs.length
  if (n < 2) return null
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (n - 1)
  const margin = studentQuantile((1 + LEVEL) / 2, n - 1) * Math.sqrt(variance / n)
  return { low: Math.exp(mean - margin), high: Math.exp(mean + margin) }
}
