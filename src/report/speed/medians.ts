import { median } from '../../metrics/speed-ratio.ts'
import { isWarmOnly } from '../compare/measure.ts'

/** One attempt of a scenario, as far as it says how fast it was. */
export interface TimedAttempt {
  cold: boolean
  /** Null where it does not tell. */
  value: number | null | undefined
}

/**
 * The median of each side's attempts at one scenario: warm ones beside warm ones; where cold replies count, else cold ones
 * beside cold ones. Null where the sides have nothing in common that is above 0.
 */
export function commonMedians(
  sides: readonly (readonly TimedAttempt[])[],
  metric: string,
): number[] | null {
  for (const cold of isWarmOnly(metric) ? [false] : [false, true]) {
    const medians = sides.flatMap((attempts) => {
      const own = attempts.filter((one) => one.cold === cold).map(({ value }) => value ?? 0)
      return median(own.filter((value) => value > 0)) ?? []
    })
    if (medians.length === sides.length) return medians
  }
  return null
}
