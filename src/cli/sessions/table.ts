import { STATUS_COLOURS } from '../../dashboard/status-colours.ts'
import { fit, type Paint, widthOf } from '../../dashboard/text.ts'

/** A column of a table for the terminal. */
export interface Column {
  title: string
  side?: 'left' | 'right'
  /** Longer cells are cut. */
  longest?: number
}

const BETWEEN = '  '

/** The lines of a table; cells are clean texts. `paint` colours a cell that already has its width. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number | null, column: number) => string = (text) => text,
): string[] {
  const widths = columns.map(({ title, longest = Infinity }, index) => {
    const cells = rows.map((row) => widthOf(row[index] ?? ''))
    return Math.max(widthOf(title), Math.min(longest, Math.max(0, ...cells)))
  })
  const lineOf = (cells: readonly string[], row: number | null): string => {
    const shown = columns.map(({ side = 'left' }, index) => {
      return paint(fit(cells[index] ?? '', widths[index] ?? 0, side), row, index)
    })
    return shown.join(BETWEEN).trimEnd()
  }
  const titles = columns.map(({ title }) => title)
  return [lineOf(titles, null), ...rows.map((row, index) => lineOf(row, index))]
}

/** Colours that say how good something is. */
export function outcomeColour(
  colours: Record<'green' | 'red' | 'magenta' | 'yellow' | 'dim', Paint>,
  outcome: string,
): Paint {
  if (outcome === 'passed') return colours.green
  if (['failed', 'died', 'incomplete'].includes(outcome)) return colours.red
  if (outcome === 'missing') return colours[STATUS_COLOURS.MISSING]
  return outcome === 'skipped' || outcome === 'unknown' ? colours.dim : colours.yellow
}
