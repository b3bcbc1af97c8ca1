import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { Cells, columnLetters } from './cells.ts'
import { type ColourScale, type ExcelBook, type ExcelSheet, orderParts } from './excel-book.ts'
import { headerNote } from './notes.ts'
import type { Styles } from './styles.ts'
import { cellText } from './text.ts'

/** Rows that Excel has in a sheet. */
export const MAX_ROWS = 1_048_576
/** Kept free for what stands below the data. */
const LAST_ROWS = 3
/** What may wait for compression. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
const ARCHIVE_PAUSE_MS = 2
const HEADER_POINTS = 32
/** Excel takes 255 with the codes; `&` may double. */
const MAX_FOOTER = 100
const A4 = 9

/** A column as its header says it. */
export interface Heading {
  title: string
  /** In characters. */
  width: number
  /** How the header stands over its values. @default 'left' */
  align?: 'left' | 'right' | 'center'
  /** What stands in the note of the header. */
  note?: string | null
}

export interface SheetOptions {
  headings: readonly Heading[]
  /** Whether the headings are the first row, and stay in sight. */
  header: boolean
  /** Columns that stay in sight. */
  frozenColumns?: number
  /** How many columns are printed. @default all */
  printedColumns?: number
  /** What the foot of a page says. */
  footer: string
  /** Where all of a text is that is too long for a cell. @default 'the results' */
  whole?: string
  headerPoints?: number
}

/** A sheet that is written row by row and forgotten as it is packed. */
export class Sheet extends Cells {
  readonly name: string
  readonly #book: ExcelBook
  #lastData = 0

  constructor(book: ExcelBook, styles: Styles, name: string, options: SheetOptions) {
    const { headings, header } = options
    const sheet = book.addWorksheet(name, setUp(options))
    super(sheet, styles, headings.length, options.whole)
    this.name = name
    this.#book = book
    sheet.columns = headings.map(({ width }) => ({ width }))
    orderParts(sheet, () => (this.row === 0 ? null : `A1:${this.letters.at(-1)}${this.row}`))
    if (header) {
      writeHeader(sheet, styles, headings, options.headerPoints ?? HEADER_POINTS)
      this.gap()
      // exceljs begins the rows with the first one.
    } else sheet.addRow([null]).commit()
  }

  get isFull(): boolean {
    return this.row >= MAX_ROWS - LAST_ROWS
  }

  /** What the filter covers ends with this row. */
  endData(): void {
    this.#lastData = this.row
  }

  /** The range of a column's values, `H2:H101`; null where there are none. */
  range(column: number): string | null {
    const letters = this.letters[column]
    if (this.#lastData < 2 || letters === undefined) return null
    return `${letters}2:${letters}${this.#lastData}`
  }

  /** Colours the values of a column from good to bad. */
  colour(column: number, better: 'lower' | 'higher'): void {
    const ref = this.range(column)
    if (ref !== null) this.sheet.addConditionalFormatting(colourScale(ref, better))
  }

  /**
   * Waits until the archive has taken most of what was written.
   *
   * @throws where the file cannot be written any more
   */
  async drained(): Promise<void> {
    await turn()
    while (this.#book.zip.waiting > MAX_WAITING_BYTES) {
      if (this.#book.stream.destroyed) throw new Error('the workbook cannot be written any more')
      // oxlint-disable-next-line no-await-in-loop -- waits for the archive
      await sleep(ARCHIVE_PAUSE_MS)
    }
  }

  /** The sheet is complete. */
  close(options: { filter?: boolean } = {}): void {
    this.flush()
    const last = Math.max(1, this.#lastData)
    if (options.filter) this.sheet.autoFilter = `A1:${this.letters.at(-1)}${last}`
    this.sheet.commit()
  }
}

function setUp({
  headings,
  header,
  frozenColumns = 0,
  printedColumns,
  footer,
}: SheetOptions): object {
  const lastPrinted = columnLetters((printedColumns ?? headings.length) - 1)
  const frozen = { state: 'frozen', xSplit: frozenColumns, ySplit: 1 }
  return {
    views: [header ? frozen : { showGridLines: false }],
    pageSetup: {
      orientation: 'landscape',
      paperSize: A4,
      fitToWidth: 1,
      fitToHeight: 0,
      margins: { left: 0.4, right: 0.4, top: 0.5, bottom: 0.6, header: 0.3, footer: 0.3 },
      printArea: `A$1:${lastPrinted}$${MAX_ROWS}`,
      ...(header ? { printTitlesRow: '1:1' } : {}),
    },
    headerFooter: { oddFooter: `&L${footerText(footer)}&C&A&RPage &P of &N` },
  }
}

function writeHeader(
  sheet: ExcelSheet,
  styles: Styles,
  headings: readonly Heading[],
  points: number,
): void {
  const row = sheet.addRow(headings.map(({ title }) => cellText(title)))
  const widths = headings.map(({ width }) => width)
  row.height = points
  for (const [index, { note, align = 'left' }] of headings.entries()) {
    const cell = row.getCell(index + 1)
    cell.style = styles.header[align]
    if (note) cell._comment = { model: headerNote(cellText(note), index, widths) }
  }
  row.commit()
}

const GOOD = 'FF9BD3A5'
const MIDDLE = 'FFFFFFFF'
const BAD = 'FFF2A59B'

function colourScale(ref: string, better: 'lower' | 'higher'): ColourScale {
  const colours = better === 'lower' ? [GOOD, MIDDLE, BAD] : [BAD, MIDDLE, GOOD]
  return {
    ref,
    rules: [
      {
        type: 'colorScale',
        cfvo: [{ type: 'min' }, { type: 'percentile', value: 50 }, { type: 'max' }],
        color: colours.map((argb) => ({ argb })),
      },
    ],
  }
}

/** In the foot of a page `&` begins a code. */
function footerText(text: string): string {
  return cellText(text)
    .replaceAll(/\s+/g, ' ')
    .slice(0, MAX_FOOTER)
    .toWellFormed()
    .replaceAll('&', '&&')
}
