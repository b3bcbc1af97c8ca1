import type { Counts, ScenarioStatus } from '../events/index.ts'

/** The colour of each way to end, wherever a terminal shows it. Nothing else has that of MISSING. */
export const STATUS_COLOURS = {
  PASSED: 'green',
  FAILED: 'red',
  MISSING: 'magenta',
  INTERRUPTED: 'yellow',
  SKIPPED: 'blue',
} as const satisfies Record<ScenarioStatus, string>

type Colour = (typeof STATUS_COLOURS)[ScenarioStatus]

/** The colour of several results: that of the worst; of what is bad without one that of a failure. */
export function worstColour({ failed, missing, interrupted }: Counts, isBad: boolean): Colour {
  if (failed > 0) return STATUS_COLOURS.FAILED
  if (missing > 0) return STATUS_COLOURS.MISSING
  if (interrupted > 0) return STATUS_COLOURS.INTERRUPTED
  return isBad ? STATUS_COLOURS.FAILED : STATUS_COLOURS.PASSED
}

/** The colour of a line of `progression.log` by its level and message; null where it has none. */
export function lineColour(level: string, message: string): Colour | null {
  if (MISSING_LINE.test(message)) return STATUS_COLOURS.MISSING
  return level === 'ERROR' ? 'red' : level === 'WARN' ? 'yellow' : null
}

const MISSING_LINE = /^(?:\d+\/\d+ )?Scenario .*: MISSING(?: \(Duration: [^()]*\))?$/su
