import { studentQuantile } from '../../metrics/student-t.ts'

/** The chance that of nights which are all alike any is taken for an outlier. */
const LEVEL = 0.001
/** Of fewer nights none stands out: who is to say which are the usual ones. */
const FEWEST = 6
/** At most one in so many. */
const ONE_IN = 4

/**
 * Which of the values stand apart from the rest, by their positions: the generalised extreme studentised deviate test
 * for up to a quarter of them, at 0.1 %. It finds several that would hide each other.
 *
 * Rosner 1983, "Percentage Points for a Generalized ESD Many-Outlier Procedure", Technometrics 25:2; NIST/SEMATECH
 * e-Handbook of Statistical Methods 1.3.5.17.3.
 */
export function outliersOf(values: readonly number[]): number[] {
  const n = values.length
  if (n < FEWEST) return []
  const left = values.map((value, position) => ({ value, position }))
  const taken: number[] = []
  let outliers = 0
  for (let step = 1; step <= Math.floor(n / ONE_IN); step += 1) {
    const { mean, deviation } = spreadOf(left.map(({ value }) => value))
    if (!(deviation > 0)) break
    const distances = left.map(({ value }) => Math.abs(value - mean))
    const at = distances.indexOf(Math.max(...distances))
    const rest = n - step - 1
    const t = studentQuantile(1 - LEVEL / (2 * (n - step + 1)), rest)
    const limit = ((n - step) * t) / Math.sqrt((rest + t * t) * (n - step + 1))
    const isBeyond = (distances[at] ?? 0) / deviation > limit
    taken.push(left[at]?.position ?? 0)
    left.splice(at, 1)
    if (isBeyond) outliers = step
  }
  return taken.slice(0, outliers).toSorted((a, b) => a - b)
}

/** Mean and standard deviation of a sample. */
export function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: n < 2 ? Number.NaN : Math.sqrt(squares / (n - 1)) }
}
