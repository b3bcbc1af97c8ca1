import type { LogRange } from '../events/index.ts'

/** What is to be said of lines that are not, or not for sure, of one scenario alone; null where they are. */
export function sharedText({ shared }: Pick<LogRange, 'shared'>): string | null {
  if (shared === undefined) return null
  if (shared === null) return 'perhaps of another scenario'
  return `shared by ${shared} scenarios that ran at the time`
}

/** The ranges of a result that tell something: of a log that has more than one, not those of nothing. */
export function tellingRanges(ranges: readonly LogRange[]): LogRange[] {
  return ranges.filter((range) => {
    const others = ranges.filter(({ file }) => file === range.file)
    return range.to > range.from || others.every(({ from, to }) => to <= from)
  })
}

/** A range in the few words of a cell. */
export function rangeText(range: LogRange): string {
  const shared = sharedText(range)
  const bytes = `${range.service} bytes ${range.from} to ${range.to}`
  return shared === null ? bytes : `${bytes}, ${shared}`
}
