import { createRequire } from 'node:module'

type Cephes = Pick<
  typeof import('cephes', { with: { 'resolution-mode': 'require' } }),
  'stdtr' | 'stdtri'
>

let loaded: Cephes | undefined

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

/**
 * Loaded when a report asks first: it compiles WebAssembly for 20 ms, which no run is to wait for. Its ES module is
 * that of browsers, which is ready only later; the one that `require` gets is ready at once.
 */
function cephes(): Cephes {
  loaded ??= createRequire(import.meta.url)('cephes') as Cephes
  return loaded
}
