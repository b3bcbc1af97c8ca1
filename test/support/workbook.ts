import { createRequire } from 'node:module'
import { unzip } from './unzip.ts'

// The strict parser that exceljs itself reads workbooks with.
const { SaxesParser } = createRequire(createRequire(import.meta.url).resolve('exceljs'))(
  'saxes',
) as {
  SaxesParser: new (options: { xmlns: true }) => {
    on(event: 'error', listener: (error: Error) => void): void
    write(text: string): { close(): void }
  }
}

/** A workbook as it lies in its file: what readers do not show. */
export interface WorkbookParts {
  /** Texts of its parts by name. */
  parts: Map<string, string>
  /** Names of the sheets, in order. */
  sheets: string[]
  /** The XML of a sheet. */
  sheet(name: string): string
  /** Targets of a sheet's links, as they stand in the file. */
  links(name: string): string[]
  /** Notes of a sheet by cell. */
  notes(name: string): Map<string, string>
}

export function workbookParts(path: string): WorkbookParts {
  const parts = new Map([...unzip(path)].map(([name, bytes]) => [name, bytes.toString()]))
  const sheets = [...partOf(parts, 'xl/workbook.xml').matchAll(/<sheet [^>]*name="([^"]+)"/g)].map(
    ([, name]) => name!,
  )
  const number = (name: string): number => sheets.indexOf(name) + 1
  return {
    parts,
    sheets,
    sheet: (name) => partOf(parts, `xl/worksheets/sheet${number(name)}.xml`),
    links(name) {
      const relations = parts.get(`xl/worksheets/_rels/sheet${number(name)}.xml.rels`) ?? ''
      const links = relations.matchAll(/Target="([^"]*)" TargetMode="External"/g)
      return [...links].map(([, target]) => target!.replaceAll('&apos;', "'"))
    },
    notes(name) {
      const xml = parts.get(`xl/comments${number(name)}.xml`) ?? ''
      const notes = xml.matchAll(/<comment ref="([A-Z]+\d+)".*?<t(?: [^>]*)?>(.*?)<\/t>/gs)
      return new Map([...notes].map(([, cell, text]) => [cell!, text!]))
    },
  }
}

/** What of the workbook is no well-formed XML with known namespaces; empty where all is. */
export function brokenParts({ parts }: WorkbookParts): string[] {
  const broken: string[] = []
  for (const [name, text] of parts) {
    const parser = new SaxesParser({ xmlns: true })
    parser.on('error', ({ message }) => broken.push(`${name}: ${message}`))
    parser.write(text).close()
  }
  return broken
}

/**
 * What Excel would repair: parts of a sheet in another order than the format has, cells and rows that do not
 * ascend, references to styles or relationships that are not there, texts beyond what a cell holds.
 */
export function repairs(workbook: WorkbookParts): string[] {
  const styles = Number(/<cellXfs count="(\d+)"/.exec(partOf(workbook.parts, 'xl/styles.xml'))?.[1])
  return workbook.sheets.flatMap((name, index) => {
    const xml = workbook.sheet(name)
    const relations = workbook.parts.get(`xl/worksheets/_rels/sheet${index + 1}.xml.rels`) ?? ''
    const parts = [
      ...xml.replace(/<sheetData>.*<\/sheetData>/s, '<sheetData/>').matchAll(/<(\w+)/g),
    ]
      .map(([, tag]) => ORDER.indexOf(tag!))
      .filter((place) => place >= 0)
    const cells = [...xml.matchAll(/<c r="([A-Z]+)(\d+)"(?: s="(\d+)")?/g)]
    const places = cells.map(([, letters, row]) => Number(row) * 16_384 + columnOf(letters!))
    const ids = [...xml.matchAll(/r:id="(\w+)"/g)].map(([, id]) => id!)
    const texts = [...xml.matchAll(/<t(?: [^>]*)?>(.*?)<\/t>/gs)].map(([, text]) => unescape(text!))
    const links = workbook.links(name)
    return [
      ...(isAscending(parts, false) ? [] : [`${name}: parts in another order`]),
      ...(isAscending(places, true) ? [] : [`${name}: cells in another order`]),
      ...cells
        .filter(([, , , style]) => Number(style ?? 0) >= styles)
        .map(([c]) => `${name}: ${c}`),
      ...ids.filter((id) => !relations.includes(`Id="${id}"`)).map((id) => `${name}: no ${id}`),
      ...texts.filter((text) => text.length > 32_767).map(() => `${name}: a text too long`),
      ...texts.filter((text) => text.split('\n').length > 254).map(() => `${name}: too many lines`),
      ...(links.length > 65_530 ? [`${name}: too many links`] : []),
      ...links.filter((link) => link.length > 2_079).map(() => `${name}: a link too long`),
      ...(/^[^[\]:*?/\\]{1,31}$/.test(name) ? [] : [`${name}: no name of a sheet`]),
    ]
  })
}

/** The parts of a sheet in the order of the format's schema. */
const ORDER = [
  'sheetPr',
  'dimension',
  'sheetViews',
  'sheetFormatPr',
  'cols',
  'sheetData',
  'sheetProtection',
  'autoFilter',
  'mergeCells',
  'conditionalFormatting',
  'dataValidations',
  'hyperlinks',
  'printOptions',
  'pageMargins',
  'pageSetup',
  'headerFooter',
  'rowBreaks',
  'ignoredErrors',
  'drawing',
  'legacyDrawing',
]

function partOf(parts: Map<string, string>, name: string): string {
  const text = parts.get(name)
  if (text === undefined) throw new Error(`The workbook has no ${name}`)
  return text
}

function isAscending(numbers: readonly number[], strictly: boolean): boolean {
  return numbers.every((number, index) => {
    const before = numbers[index - 1] ?? -1
    return strictly ? number > before : number >= before
  })
}

/** 1 for `A`, 28 for `AB`. */
export function columnOf(letters: string): number {
  let number = 0
  for (let at = 0; at < letters.length; at += 1) number = number * 26 + letters.charCodeAt(at) - 64
  return number
}

function unescape(text: string): string {
  return text
    .replaceAll('_x005F_', '_')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
