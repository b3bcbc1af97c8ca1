import type { LeftOut } from '../../report/trend/types.ts'

/** Reasons that are told; the newest runs have them. */
const MOST_REASONS = 10
/** Runs that are named of those that share a reason. */
const MOST_NAMED = 3

/** Which runs are left out and why: those of the same reason in one line. */
export function leftOutLines(runs: readonly LeftOut[]): string[] {
  if (runs.length === 0) return []
  const reasons = [...Map.groupBy(runs, ({ why }) => why)].slice(-MOST_REASONS)
  const told = reasons.reduce((sum, [, those]) => sum + those.length, 0)
  const older = runs.length - told
  return [
    runs.length === 1 ? 'Left out is 1 run:' : `Left out are ${runs.length} runs:`,
    ...reasons.map(([why, those]) => `  ${named(those)}: ${why}`),
    ...(older > 0 ? [`  and ${older} older`] : []),
  ]
}

/** The newest of them by name. */
function named(runs: readonly LeftOut[]): string {
  const names = runs.slice(-MOST_NAMED).map(({ session }) => session)
  const more = runs.length - names.length
  return names.join(', ') + (more > 0 ? ` and ${more} older` : '')
}
