import type { ScenarioStatus } from '../../events/index.ts'
import { CellBytes } from './cell-bytes.ts'
import { PIECE_BYTES } from './archive-entry.ts'
import type { ExcelSheet } from './excel-book.ts'
import { linkTarget } from './links.ts'
import type { NumberFormat, Styles } from './styles.ts'
import { looksLikeFormula } from '../../host/csv.ts'
import { cellContent, escapeXml, MAX_CELL_CHARACTERS } from './text.ts'

/** Links that Excel takes in a sheet; further ones are plain text. */
const MAX_LINKS = 65_530
/** So much is handed on together: nearly every row then fits into what is left of its piece. */
const FULL_BYTES = PIECE_BYTES - 32 * 1024
const SPACE = 32
/** After the style of a cell. */
const TEXT_BEGIN = '" t="inlineStr"><is><t>'
const SPACED_TEXT_BEGIN = '" t="inlineStr"><is><t xml:space="preserve">'
const TEXT_END = '</t></is></c>'

/**
 * The rows of a sheet. Cells are given from left to right and go into the package as text: a hundred thousand
 * rows of objects would cost twice the time.
 */
export class Cells {
  protected readonly sheet: ExcelSheet
  protected readonly styles: Styles
  protected readonly letters: readonly string[]
  /** `<c r="A`, by column. */
  readonly #begins: readonly string[]
  readonly #whole: string | undefined
  readonly #chunk: CellBytes
  #row = 0
  #rowText = '0'
  #links = 0

  constructor(sheet: ExcelSheet, styles: Styles, columns: number, whole?: string) {
    this.sheet = sheet
    this.#chunk = new CellBytes(() => sheet.stream.newPiece())
    this.styles = styles
    this.letters = Array.from({ length: columns }, (_, index) => columnLetters(index))
    this.#begins = this.letters.map((letters) => `<c r="${letters}`)
    this.#whole = whole
  }

  /** Number of the last row that was begun, from 1. */
  get row(): number {
    return this.#row
  }

  /** Begins the next row. */
  begin(points?: number): void {
    this.gap()
    this.#chunk.add('<row r="').add(this.#rowText)
    if (points !== undefined) this.#chunk.add(`" ht="${points}" customHeight="1`)
    this.#chunk.add('">')
  }

  /** Ends the row. The result says whether it is time to wait with `drained`. */
  end(): boolean {
    this.#chunk.add('</row>')
    if (this.#chunk.length < FULL_BYTES) return false
    this.flush()
    return true
  }

  /** Leaves a row out. */
  gap(): void {
    this.#row += 1
    this.#rowText = String(this.#row)
  }

  /** A text; one that looks like a formula gets a format under which it stays a text. */
  text(
    column: number,
    value: string,
    style = this.styles.text,
    literal = this.styles.literal,
  ): void {
    if (value === '' || this.#plainText(column, value, style, literal)) return
    const { text, xml } = cellContent(value, this.#whole)
    const isLong = text.includes('\n')
    const wanted = looksLikeFormula(text) ? literal : style
    const id = isLong ? this.#styleOfLines(wanted) : wanted
    // Without it the space around a text is nobody's.
    const isBare = !isLong && text.charCodeAt(0) > SPACE && text.charCodeAt(text.length - 1) > SPACE
    this.#begin(column, id).add(isBare ? TEXT_BEGIN : SPACED_TEXT_BEGIN)
    this.#chunk.addXml(xml).add(TEXT_END)
  }

  /** A number; NaN and the infinities, which no file can hold, are told in words. */
  number(column: number, value: number, format: NumberFormat, styles = this.styles.numbers): void {
    if (Number.isFinite(value)) this.#value(column, value, styles[format])
    else this.text(column, String(value), this.styles.odd, this.styles.odd)
  }

  /** A small number or a word, in the middle. */
  centered(column: number, value: number | string): void {
    if (typeof value === 'string') this.text(column, value, this.styles.centered)
    else this.#value(column, value, this.styles.centered)
  }

  /** A number in a line of totals, or beside one; null: nothing is known. */
  total(column: number, value: number | null, format: NumberFormat, isTotal: boolean): void {
    if (value !== null) {
      this.number(column, value, format, isTotal ? this.styles.total : this.styles.numbers)
    } else if (isTotal) this.blank(column, this.styles.totalText)
  }

  totalText(column: number, text: string, isTotal: boolean): void {
    if (isTotal && text === '') this.blank(column, this.styles.totalText)
    else this.text(column, text, isTotal ? this.styles.totalText : this.styles.text)
  }

  status(column: number, status: ScenarioStatus): void {
    this.text(column, status, this.styles.status[status])
  }

  /** The path of a file of the session, as a link where it is one. */
  path(column: number, path: string, text = path): void {
    const target = linkTarget(path)
    if (target === null) this.text(column, text)
    else this.link(column, target, text)
  }

  /** A link to another cell of the workbook. */
  reference(
    column: number,
    place: { sheet: string; row: number },
    text: string,
    style?: number,
  ): void {
    this.link(column, `#'${place.sheet}'!A${place.row}`, text, style, style)
  }

  /** A link, or, where a sheet has as many as it can, a text in the `plain` style. */
  link(
    column: number,
    target: string,
    text: string,
    style = this.styles.link,
    plain = this.styles.text,
  ): void {
    if (text === '') return
    if (this.#links >= MAX_LINKS) {
      this.text(column, text, plain)
      return
    }
    this.text(column, text, style, style)
    this.#links += 1
    this.sheet._sheetRelsWriter.addHyperlink({ address: this.#place(column), target })
  }

  /** A formula of our own with the result that it has. */
  formula(column: number, formula: string, result: number | null, style: number): void {
    const value = result === null || !Number.isFinite(result) ? '' : `<v>${result}</v>`
    this.#begin(column, style).addXml(`"><f>${escapeXml(formula)}</f>${value}</c>`)
  }

  /** Fills what a row leaves empty, so that its colour goes all the way. */
  blank(column: number, style: number): void {
    this.#begin(column, style).add('"/>')
  }

  /** A row of one text, whose colours reach over `columns`. */
  line(text: string, style = this.styles.text, columns = 1): void {
    this.begin()
    this.text(0, text, style, style)
    for (let at = 1; at < columns; at += 1) this.blank(at, style)
    this.end()
  }

  protected flush(): void {
    if (this.#chunk.length > 0)
      this.#chunk.give((bytes, length) => this.sheet.stream.hand(bytes, length))
  }

  /** Writes a text of one line that needs nothing else; false for any other. */
  #plainText(column: number, text: string, style: number, literal: number): boolean {
    if (text.length > MAX_CELL_CHARACTERS) return false
    // Without it the space around a text is nobody's.
    const isBare = text.charCodeAt(0) > SPACE && text.charCodeAt(text.length - 1) > SPACE
    const before = this.#chunk.length
    this.#begin(column, looksLikeFormula(text) ? literal : style)
    this.#chunk.add(isBare ? TEXT_BEGIN : SPACED_TEXT_BEGIN)
    if (this.#chunk.addPlain(text)) {
      this.#chunk.add(TEXT_END)
      return true
    }
    this.#chunk.cutTo(before)
    return false
  }

  /** Begins a cell: all up to its style. */
  #begin(column: number, style: number): CellBytes {
    return this.#chunk.add(this.#begins[column]!).add(this.#rowText).add('" s="').addCount(style)
  }

  /** A text of several lines that is not wrapped reaches into the row below in LibreOffice. */
  #styleOfLines(style: number): number {
    if (style === this.styles.text) return this.styles.wrapped
    return style === this.styles.literal ? this.styles.wrappedLiteral : style
  }

  #value(column: number, value: number, style: number): void {
    this.#begin(column, style).add('"><v>').addNumber(value).add('</v></c>')
  }

  #place(column: number): string {
    return `${this.letters[column]}${this.#rowText}`
  }
}

/** `A` for 0, `AB` for 27. */
export function columnLetters(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : columnLetters(Math.floor(index / 26) - 1) + letter
}
