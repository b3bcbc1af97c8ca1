import { cephes } from './cephes.ts'

/**
 * The value that a variable of Student's t distribution stays below with the chance `p` (within 0 and 1), for whole
 * degrees of freedom from 1 on; throws a `RangeError` for others.
 *
 * Cephes `stdtri`, which is also SciPy's `special.stdtrit`.
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  checkDegrees(degreesOfFreedom)
  if (!(p > 0 && p < 1)) throw new RangeError(`Expected a chance within 0 and 1, got ${p}`)
  return cephes().stdtri(degreesOfFreedom, p)
}

/**
 * The chance that a variable of Student's t distribution is at most `t`, for whole degrees of freedom from 1 on;
 * throws a `RangeError` for others.
 *
 * Cephes `stdtr`, which is also SciPy's `special.stdtr`.
 */
export function studentChance(t: number, degreesOfFreedom: number): number {
  checkDegrees(degreesOfFreedom)
  return cephes().stdtr(degreesOfFreedom, t)
}

function checkDegrees(degreesOfFreedom: number): void {
  if (Number.isInteger(degreesOfFreedom) && degreesOfFreedom >= 1) return
  throw new RangeError(`Expected whole degrees of freedom from 1 on, got ${degreesOfFreedom}`)
}
