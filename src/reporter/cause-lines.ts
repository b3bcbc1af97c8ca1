import type { createColors } from 'picocolors'
import { STATUS_COLOURS } from '../dashboard/status-colours.ts'
import { clean } from '../dashboard/text.ts'
import { type CauseFold, sumOf } from '../events/index.ts'

/** More causes than these are in the artifacts. */
const MOST_CAUSES = 10
const LONGEST_MESSAGE = 160
/** What follows are lines of a service, which stand elsewhere. */
const LOG_TAIL = / (?:Its last lines|Last lines of .*):$/

/** What kept results from passing, a line for each cause, those with most results first. */
export function causeLines(
  causes: readonly CauseFold[],
  paint: ReturnType<typeof createColors>,
): string[] {
  const results = causes.reduce((sum, { counts }) => sum + sumOf(counts), 0)
  // Of one each Vitest's own list has told it.
  if (causes.length === results) return []
  const shown = causes.slice(0, MOST_CAUSES).map(({ counts, first, message, loadouts }) => {
    const [line = ''] = message.split('\n')
    const count = `${sumOf(counts)} ×`.padStart(8)
    const where = loadouts.length > 1 ? `${loadouts.length} loadouts` : first.title
    const status = paint[STATUS_COLOURS[first.status]](first.status)
    const said = clean(line.replace(LOG_TAIL, '')).slice(0, LONGEST_MESSAGE)
    const place = said.includes(where) ? '' : `  ${paint.dim(clean(where))}`
    return `${count} ${status} ${clean(first.name)}${place}  ${said}`
  })
  const left = causes.length - shown.length
  if (left > 0) shown.push(`         and ${left} more`)
  const count = causes.length === 1 ? '1 cause' : `${causes.length} causes`
  return [`    ${paint.bold(`${results} results did not pass: ${count}`)}`, ...shown]
}
