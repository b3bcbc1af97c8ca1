import { setFlagsFromString } from 'node:v8'

/**
 * Keeps the young generation of this process's heap at the size that it has reached: some 16 MB once
 * Vitest is loaded. V8 doubles it, up to 64 MB, as soon as enough has survived in it, be it over hours.
 * What a test run makes lives for a millisecond or to its end, so that the larger one held nothing more:
 * it took 40 MB of 220 and a twentieth of the time (`bench/reporter.ts`). Someone's own choice stays.
 */
export function keepYoungGenerationSmall(): void {
  const chosen = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ')
  if (/semi[-_]space/.test(chosen)) return
  // Read by V8 whenever a heap of this process would grow, those of its threads included.
  setFlagsFromString('--semi-space-growth-factor=1')
  // So the heaps of threads to come begin with 32 MB of it, which they take as they need it, instead of 2.
  setFlagsFromString('--min-semi-space-size=16')
}
