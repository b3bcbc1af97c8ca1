import { cephes } from '../../metrics/cephes.ts'

/** How much a loadout's level differs from night to night. */
export interface Noise {
  variance: number
  /** How many independent numbers that is known from; whole. */
  degreesOfFreedom: number
}

/** Halvings until the argument of trigamma is known to the last digits. */
const HALVINGS = 100
const [LEAST_X, MOST_X] = [1e-8, 1e8]

/** Numbers that are borrowed count for at most so many times a loadout's own: how alike a few are is hardly known. */
const MOST_BORROWED = 2

/**
 * The noise of several loadouts of one aspect, each known from few nights: the variance of each is moved towards that of
 * all together, the more so the more alike they are, and so becomes known from more nights than its own. Where they
 * differ widely nearly nothing is borrowed.
 *
 * The moderated variance of Smyth 2004, "Linear models and empirical Bayes methods", Stat. Appl. Genet. Mol. Biol. 3:1,
 * sections 3 and 6.2 (limma's `squeezeVar`) with two changes for few series, both to the safe side: it is moved towards
 * the pooled variance, and what is borrowed is at most twice what is there.
 */
export function moderated(own: readonly Noise[]): Noise[] {
  const known = own.filter(({ variance, degreesOfFreedom: d }) => variance > 0 && d >= 1)
  if (known.length < 2) return [...own]
  const all = known.reduce((sum, { degreesOfFreedom: d }) => sum + d, 0)
  const pooled =
    known.reduce((sum, { variance, degreesOfFreedom: d }) => sum + d * variance, 0) / all
  const prior = priorOf(known)
  return own.map((one) => {
    const { variance, degreesOfFreedom: d } = one
    if (!known.includes(one)) return one
    const borrowed = Math.min(prior, MOST_BORROWED * d, all - d)
    const moved = (borrowed * pooled + d * variance) / (borrowed + d)
    return { variance: moved, degreesOfFreedom: Math.floor(borrowed + d) }
  })
}

/** Degrees of freedom of what the variances have in common; infinite where they differ by no more than chance. */
function priorOf(known: readonly Noise[]): number {
  const logs = known.map(
    ({ variance, degreesOfFreedom: d }) =>
      Math.log(variance) - cephes().psi(d / 2) + Math.log(d / 2),
  )
  const middle = meanOf(logs)
  const spread = logs.reduce((sum, log) => sum + (log - middle) ** 2, 0) / (logs.length - 1)
  const excess = spread - meanOf(known.map(({ degreesOfFreedom: d }) => trigamma(d / 2)))
  return excess > 0 ? 2 * trigammaInverse(excess) : Infinity
}

/** The derivative of digamma, which is Hurwitz's zeta of 2. */
function trigamma(x: number): number {
  return cephes().zeta(2, x)
}

/** Trigamma falls from infinity to 0. */
function trigammaInverse(y: number): number {
  let [low, high] = [LEAST_X, MOST_X]
  for (let step = 0; step < HALVINGS; step += 1) {
    const x = Math.sqrt(low * high)
    if (trigamma(x) > y) low = x
    else high = x
  }
  return Math.sqrt(low * high)
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
