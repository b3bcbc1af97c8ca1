import { median } from '../../metrics/speed-ratio.ts'
import { isWarmOnly } from '../compare/measure.ts'

/** What one side's attempts at a scenario come to, of cold ones or of warm ones; null where there is none above 0. */
export type MedianOf = (cold: boolean) => number | null

/**
 * The median of each side's attempts at one scenario: warm ones beside warm ones; where cold replies count, else cold ones
 * beside cold ones. Null where the sides have nothing in common.
 */
export function commonMedians(sides: readonly MedianOf[], metric: string): number[] | null {
  return mediansOf(sides, false) ?? (isWarmOnly(metric) ? null : mediansOf(sides, true))
}

/** The same of attempts that are at hand. */
export function medianOf(attempts: readonly { cold: boolean; value: number | null }[]): MedianOf {
  return (cold) => {
    const own = attempts.filter((one) => one.cold === cold).map(({ value }) => value ?? 0)
    return median(own.filter((value) => value > 0))
  }
}

function mediansOf(sides: readonly MedianOf[], cold: boolean): number[] | null {
  const medians: number[] = []
  for (const side of sides) {
    const value = side(cold)
    if (value === null) return null
    medians.push(value)
  }
  return medians
}
