import { clean } from '../dashboard/text.ts'
import type { Difference, Verification } from '../report/verify/types.ts'
import { snakeCase } from './sessions/json.ts'

/** So many are shown; `--json` has all. */
const MOST_LINES = 50

/** What differs, a line each. */
export function differenceLines(differences: readonly Difference[]): string[] {
  const lines = differences
    .slice(0, MOST_LINES)
    .map(({ file, what }) => `  ${clean(file)} ${clean(what)}.`)
  const more = differences.length - lines.length
  return more > 0 ? [...lines, `  and ${more} more: --json has all.`] : lines
}

/** How much was looked at, as a part of a sentence. */
export function lookedText({ looked }: Verification): string {
  const { events, results, attachments, logs } = looked
  const parts = [
    count(events, 'event'),
    count(results, 'result'),
    count(attachments, 'attachment'),
    logs === 1 ? '1 log of a service' : `${logs} logs of services`,
  ]
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

export function jsonOf({ name, ...verification }: Verification): unknown {
  return snakeCase({ session: name, ...verification })
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`
}
