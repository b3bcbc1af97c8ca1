import { bootstrapInterval } from '../../metrics/distribution.ts'
import type { Sample } from './cases.ts'
import { floorOf, type Measure } from './measure.ts'

/** How one number of A became that of B. */
export interface Change {
  key: string
  title: string
  unit: string
  aspect: Measure['aspect']
  /** Mean of A and of B; of error rates the pooled one. */
  a: number
  b: number
  /** B in terms of A: 0.1 is 10 % more; null where A is 0. */
  relative: number | null
  /** How many values each mean is of. */
  n: [number, number]
  /** What decided: 95 % intervals of both, or a threshold. */
  by: 'intervals' | 'threshold'
  /** Of the means of A and of B; null where a threshold decided. */
  intervals: [Span, Span] | null
  verdict: 'better' | 'worse' | 'same'
}

export interface Span {
  low: number
  high: number
}

/** How much of a change is one, where there are no intervals, unless the user says otherwise. */
export const DEFAULT_THRESHOLD = 0.1

/**
 * Says whether B is better or worse than A: where both have five values or more when their 95 % intervals do not overlap,
 * else when the difference is beyond the threshold. What is below the floor of the measure is neither.
 */
export function changeOf(measure: Measure, a: Sample, b: Sample, threshold: number): Change {
  const intervals = intervalsOf(a.values, b.values)
  const isApart =
    intervals === null
      ? isBeyond(measure, a.center, b.center, threshold)
      : areApart(intervals) && isBeyond(measure, a.center, b.center, 0)
  const isMore = b.center > a.center
  const isWorse = measure.better === 'lower' ? isMore : !isMore
  return {
    key: measure.key,
    title: measure.title,
    unit: measure.unit,
    aspect: measure.aspect,
    a: a.center,
    b: b.center,
    relative: relativeOf(a.center, b.center),
    n: [a.values.length, b.values.length],
    by: intervals === null ? 'threshold' : 'intervals',
    intervals,
    verdict: isApart && a.center !== b.center ? (isWorse ? 'worse' : 'better') : 'same',
  }
}

/** A number that a session tells once. */
export function single(value: number): Sample {
  return { values: [value], center: value, counts: null }
}

/** Whether a difference is more than the threshold allows and large enough to count at all. */
export function isBeyond(measure: Measure, a: number, b: number, threshold: number): boolean {
  const difference = Math.abs(b - a)
  return difference > Math.abs(a) * threshold && difference >= floorOf(measure)
}

export function relativeOf(a: number, b: number): number | null {
  return a === 0 ? null : (b - a) / Math.abs(a)
}

/** How strong a change is, whatever its direction: doubled and halved weigh the same. */
export function weightOf({ a, b }: Pick<Change, 'a' | 'b'>): number {
  if (a <= 0 || b <= 0) return Number.MAX_VALUE
  return Math.abs(Math.log(b / a))
}

function areApart([a, b]: [Span, Span]): boolean {
  return a.high < b.low || b.high < a.low
}

function intervalsOf(a: number[], b: number[]): [Span, Span] | null {
  const [left, right] = [bootstrapInterval(a), bootstrapInterval(b)]
  if (left === null || right === null) return null
  return [spanOf(left), spanOf(right)]
}

function spanOf({ low, high }: Span): Span {
  return { low, high }
}
