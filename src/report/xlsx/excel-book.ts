import type { TransformOptions, Writable } from 'node:stream'
import type { ZlibOptions } from 'node:zlib'
import WorkbookWriter from 'exceljs/lib/stream/xlsx/workbook-writer.js'

/** The archive is handed pieces of this size: each takes it a few turns, so that small ones would wait for it. */
export const PIECE_BYTES = 262_144
/** What it compresses a piece to. */
const PACKED_BYTES = 65_536
/** What tables of so many like cells are compressed by: more takes three times as long for a tenth less. */
const FASTEST = 1

/*
 * exceljs's streaming writer makes the package: sheets, styles, notes, filters, print setup. Its module is
 * loaded alone, in a quarter of the time that all of exceljs takes. What is typed here beyond its public
 * interface is what `sheet.ts` needs to write rows and to put right the order of a sheet's parts.
 */

/** A colour scale over a range. */
export interface ColourScale {
  ref: string
  rules: { type: 'colorScale'; cfvo: object[]; color: { argb: string }[] }[]
}

export interface ExcelCell {
  value: string
  style: object
  /** What its `note` becomes; here also with its place. */
  _comment: { model: object } | undefined
}

export interface ExcelSheet {
  id: number
  columns: { width: number }[]
  autoFilter: string | null
  /** Chunks are kept without a limit until the archive takes them. */
  stream: {
    /** Bytes of the pieces in which they are handed on. */
    bufSize: number
    /** Copies what it is given into such pieces, at once. */
    write(data: string | Buffer): unknown
    /** Streams of the archive's own making, whose age lacks the getters of these lengths. */
    pipes: { _writableState: { length: number }; _readableState: { length: number } }[]
  }
  addRow(values: readonly unknown[]): {
    height: number
    getCell(column: number): ExcelCell
    commit(): void
  }
  addConditionalFormatting(scale: ColourScale): void
  commit(): void
  _sheetRelsWriter: { addHyperlink(link: { address: string; target: string }): void }
  _writeHyperlinks(): void
  _writeDataValidations(): void
  _writeRowBreaks(): void
}

export interface ExcelBook {
  stream: Writable
  styles: { addStyleModel(model: object): number }
  addWorksheet(name: string, options: object): ExcelSheet
  commit(): Promise<unknown>
}

type BookConstructor = new (options: {
  stream: Writable
  useStyles: boolean
  useSharedStrings: boolean
  creator: string
  lastModifiedBy: string
  zip: { zlib: ZlibOptions & TransformOptions }
}) => ExcelBook

/** Opens a workbook that is written to a stream. */
export function openBook(stream: Writable): ExcelBook {
  const Book = WorkbookWriter as BookConstructor
  return new Book({
    stream,
    useStyles: true,
    useSharedStrings: false,
    creator: 'jarvis',
    lastModifiedBy: 'jarvis',
    zip: { zlib: { level: FASTEST, chunkSize: PACKED_BYTES, highWaterMark: PIECE_BYTES } },
  })
}

/**
 * Puts the parts of a sheet into the order that the format asks for. exceljs's streaming writer has hyperlinks
 * before conditional formats, which Excel calls damage.
 *
 * @see https://github.com/exceljs/exceljs/pull/2803
 * @param ignored - a range where numbers as text are meant so and get no warning sign
 */
export function orderParts(sheet: ExcelSheet, ignored: () => string | null): void {
  const hyperlinks = sheet._writeHyperlinks.bind(sheet)
  const validations = sheet._writeDataValidations.bind(sheet)
  const breaks = sheet._writeRowBreaks.bind(sheet)
  sheet._writeHyperlinks = () => {}
  sheet._writeDataValidations = () => {
    validations()
    hyperlinks()
  }
  sheet._writeRowBreaks = () => {
    breaks()
    const range = ignored()
    if (range === null) return
    const error = `<ignoredError sqref="${range}" numberStoredAsText="1"/>`
    sheet.stream.write(`<ignoredErrors>${error}</ignoredErrors>`)
  }
}
