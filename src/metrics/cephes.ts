import { createRequire } from 'node:module'

type Cephes = Pick<
  typeof import('cephes', { with: { 'resolution-mode': 'require' } }),
  'psi' | 'stdtr' | 'stdtri' | 'zeta'
>

let loaded: Cephes | undefined

/**
 * Moshier's special functions. Loaded when a report asks first: it compiles WebAssembly for 20 ms, which no run is to
 * wait for. Its ES module is that of browsers, which is ready only later; the one that `require` gets is ready at once.
 */
export function cephes(): Cephes {
  loaded ??= createRequire(import.meta.url)('cephes') as Cephes
  return loaded
}
