import { PassThrough, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import WorkbookWriter from 'exceljs/lib/stream/xlsx/workbook-writer.js'
import { Archive } from './archive.ts'
import type { ArchiveEntry } from './archive-entry.ts'

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
  stream: ArchiveEntry
  addRow(values: readonly unknown[]): {
    height: number
    getCell(column: number): ExcelCell
    commit(): void
  }
  addConditionalFormatting(scale: ColourScale): void
  commit(): void
  _sheetRelsWriter: {
    addHyperlink(link: { address: string; target: string }): void
    readonly _hyperlinks: readonly { address: string; rId: string }[]
  }
  _writeHyperlinks(): void
  _writeDataValidations(): void
  _writeRowBreaks(): void
}

export interface ExcelBook {
  /** Where the archive is written to. */
  readonly stream: Writable
  readonly zip: Archive
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
}) => Pick<ExcelBook, 'styles' | 'addWorksheet' | 'commit'> & {
  addThemes(): Promise<void>
  addOfficeRels(): Promise<void>
}

/** Opens a workbook that is written to a stream. */
export function openBook(stream: Writable): ExcelBook {
  const archive = new Archive(stream)
  const book = new Book({
    // exceljs writes nothing there: its own archive is left empty.
    stream: new PassThrough(),
    useStyles: true,
    useSharedStrings: false,
    creator: 'jarvis',
    lastModifiedBy: 'jarvis',
  })
  return book.begin(archive, stream)
}

/**
 * exceljs's writer with an archive of ours instead of the package archiver: that one counts its check values byte by byte
 * in JavaScript and hands each piece through five streams, which takes as long as to make the cells; to load it takes
 * longer than to make a small workbook.
 */
class Book extends (WorkbookWriter as BookConstructor) implements ExcelBook {
  declare zip: Archive
  declare stream: Writable
  declare promise: Promise<unknown>

  begin(archive: Archive, stream: Writable): this {
    this.zip = archive
    this.stream = stream
    this.promise = Promise.all([super.addThemes(), super.addOfficeRels()])
    return this
  }

  /** exceljs calls both while it is made, when there is no archive yet. */
  override addThemes(): Promise<void> {
    return Promise.resolve()
  }

  override addOfficeRels(): Promise<void> {
    return Promise.resolve()
  }

  /** The last that exceljs does of a workbook. */
  async _finalize(): Promise<this> {
    this.zip.finalize()
    await finished(this.stream)
    return this
  }

  /** What exceljs writes a part to, from its beginning to its end. */
  _openStream(path: string): ArchiveEntry & { pause(): void } {
    return Object.assign(this.zip.open(path), { pause() {} })
  }
}

/**
 * Puts the parts of a sheet into the order that the format asks for. exceljs's streaming writer has hyperlinks
 * before conditional formats, which Excel calls damage.
 *
 * @see https://github.com/exceljs/exceljs/pull/2803
 * @param ignored - a range where numbers as text are meant so and get no warning sign
 */
export function orderParts(sheet: ExcelSheet, ignored: () => string | null): void {
  const validations = sheet._writeDataValidations.bind(sheet)
  const breaks = sheet._writeRowBreaks.bind(sheet)
  sheet._writeHyperlinks = () => {}
  sheet._writeDataValidations = () => {
    validations()
    writeLinks(sheet)
  }
  sheet._writeRowBreaks = () => {
    breaks()
    const range = ignored()
    if (range === null) return
    const error = `<ignoredError sqref="${range}" numberStoredAsText="1"/>`
    sheet.stream.write(`<ignoredErrors>${error}</ignoredErrors>`)
  }
}

/** As exceljs does: of tens of thousands each would be a dozen objects. */
function writeLinks({ stream, _sheetRelsWriter: { _hyperlinks: links } }: ExcelSheet): void {
  if (links.length === 0) return
  stream.write('<hyperlinks>')
  for (const { address, rId } of links) stream.write(`<hyperlink ref="${address}" r:id="${rId}"/>`)
  stream.write('</hyperlinks>')
}
