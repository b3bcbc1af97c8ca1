import type { Counts } from './event.ts'
import type { ScenarioStatus } from './result.ts'

/** Where each way to end is counted. */
const COUNT_OF = {
  PASSED: 'passed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  MISSING: 'missing',
  INTERRUPTED: 'interrupted',
} as const satisfies Record<ScenarioStatus, keyof Counts>

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
}

/** Counts one result that ended this way. */
export function count(counts: Counts, status: ScenarioStatus): void {
  // Nearly all: to look up what is counted takes ten times as long.
  if (status === 'PASSED') counts.passed += 1
  else counts[COUNT_OF[status]] += 1
}

/** Takes back one result that was counted. */
export function uncount(counts: Counts, status: ScenarioStatus): void {
  counts[COUNT_OF[status]] -= 1
}

/** How many results there are in all. */
export function sumOf({ passed, failed, skipped, missing, interrupted }: Counts): number {
  return passed + failed + skipped + missing + interrupted
}

/** How many of them somebody has to look at. */
export function wrongOf({ failed, missing, interrupted }: Counts): number {
  return failed + missing + interrupted
}

const ORDER = ['passed', 'failed', 'missing', 'skipped', 'interrupted'] as const

/**
 * How many ended in each way, in words: `1 passed, 1 failed, 0 missing`. What there is none of is left out unless it is
 * among `always`.
 */
export function countsText(
  counts: Counts,
  always: readonly (keyof Counts)[] = ['passed', 'failed', 'missing'],
): string {
  const told = ORDER.filter((key) => counts[key] > 0 || always.includes(key))
  return told.map((key) => `${counts[key]} ${key}`).join(', ')
}
