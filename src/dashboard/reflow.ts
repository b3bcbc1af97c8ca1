import { widthOf } from './text.ts'

/** Of what was pushed out of sight no more lines are kept in mind. */
const MOST_PUSHED = 500

/** Lines that stand above the cursor after a terminal has changed its size, by their plain widths. */
export interface Reflowed {
  /** Rows from the cursor up to the first line of ours in sight. */
  up: number
  /** What is out of sight, at the end of the scrollback. */
  pushed: number[]
}

/**
 * Where lines stand in a terminal that has wrapped them anew, the cursor being below the last one. What does not fit the
 * screen has gone to the scrollback, and comes back from there when the terminal is made higher.
 */
export function reflow(widths: readonly number[], columns: number, rows: number): Reflowed {
  // Further up than the first row no cursor goes.
  const reach = rows - 1
  let first = widths.length
  let up = 0
  while (first > 0 && up < reach) {
    first -= 1
    up += Math.max(1, Math.ceil(widths[first]! / columns))
  }
  const pushed = widths.slice(0, first)
  // Of a wrapped line the beginning alone may be out of sight.
  if (up > reach) pushed.push((up - reach) * columns)
  return { up: Math.min(up, reach), pushed: pushed.slice(-MOST_PUSHED) }
}

/* oxlint-disable no-control-regex -- colours and links */
/** Columns of a drawn line. */
export function plainWidth(line: string): number {
  return widthOf(line.replaceAll(/\u{1b}\[[\d;]*m|\u{1b}\]8;;[^\u{1b}]*\u{1b}\\/gu, ''))
}
/* oxlint-enable no-control-regex */
