import type { ReportedResult } from '../session/index.ts'
import type { Heading, Sheet } from './sheet.ts'

/** The number of a column by its key, for formulas that speak of other columns. */
export type ColumnNumbers = ReadonlyMap<string, number>

/** A column of a domain's sheet. */
export interface Column extends Heading {
  key: string
  /** Writes the cell of a result, or none. */
  write: (sheet: Sheet, at: number, result: ReportedResult) => void
  /** Which way of its values is coloured; null: none. */
  better: 'lower' | 'higher' | null
  /** Writes the cell of the bottom row; absent: an empty one. */
  total?: (sheet: Sheet, at: number, columns: ColumnNumbers) => void
  /** Texts and what is only looked up are not printed. */
  printed: boolean
}

/** A column without a note, a colour and a total, unless they are given. */
export function column(
  parts: Pick<Column, 'key' | 'title' | 'width' | 'write'> & Partial<Column>,
): Column {
  return { better: null, printed: true, ...parts }
}
