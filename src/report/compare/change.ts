import type { Sample } from './cases.ts'
import { floorOf, type Measure } from './measure.ts'

/** How one number of A became that of B. It is no verdict: whether it is more than noise is told of loadouts alone. */
export interface Change {
  key: string
  title: string
  unit: string
  aspect: Measure['aspect']
  /** Median of A and of B; of error rates the pooled one. */
  a: number
  b: number
  /** B in terms of A: 0.1 is 10 % more; null where A is 0. */
  relative: number | null
  /** How many values each is of. */
  n: [number, number]
  /** Which way it went; `same` for a trifle. */
  moved: 'better' | 'worse' | 'same'
}

/** Puts a number of B beside that of A. What is below the floor of the measure has not moved. */
export function changeOf(measure: Measure, a: Sample, b: Sample): Change {
  const { key, title, unit, aspect, better } = measure
  const isMore = b.center > a.center
  const isTrifle = a.center === b.center || Math.abs(b.center - a.center) < floorOf(measure)
  const isWorse = better === 'lower' ? isMore : !isMore
  return {
    key,
    title,
    unit,
    aspect,
    a: a.center,
    b: b.center,
    relative: relativeOf(a.center, b.center),
    n: [a.values.length, b.values.length],
    moved: isTrifle ? 'same' : isWorse ? 'worse' : 'better',
  }
}

/** A number that a session tells once. */
export function single(value: number): Sample {
  return { values: [value], center: value, counts: null }
}

function relativeOf(a: number, b: number): number | null {
  return a === 0 ? null : (b - a) / Math.abs(a)
}

/** How strong a change is, whatever its direction: doubled and halved weigh the same; one from 0 weighs nothing. */
export function weightOf({ a, b }: Pick<Change, 'a' | 'b'>): number {
  return a > 0 && b > 0 ? Math.abs(Math.log(b / a)) : 0
}
