import { createRequire } from 'node:module'
import { withoutHidden, withoutSequences } from '../host/plain-text.ts'

/** Nothing longer than this is ever looked at: it could not be shown. */
const LONGEST = 2_000
const ASCII = /^[\u{20}-\u{7e}]*$/u
/** Each is a sign of one column: what most texts consist of, also those that were cut. */
const NARROW = /^[\u{20}-\u{7e}\u{c0}-\u{17f}\u{2026}]*$/u
const ELLIPSIS = '…'
/** Both take as long to load as a whole command may: only few texts need them. */
let loadedWidths: typeof import('string-width').default | null = null
let loadedSegmenter: Intl.Segmenter | null = null

export type Paint = (text: string) => string

/** A piece of a line. `width` in columns, where the caller knows it; `link` is a URL. */
export interface Cell {
  text: string
  paint?: Paint
  width?: number
  link?: string
}

/** Text of others on one line: no control sequences, control characters, or changes of direction. */
export function clean(text: string): string {
  const start = text.length > LONGEST ? text.slice(0, LONGEST) : text
  if (ASCII.test(start)) return start
  const line = withoutSequences(start)
    .replaceAll(/\r?\n/g, ' ')
    .replaceAll(/[\t\v\f\r\u{85}\u{2028}\u{2029}]/gu, ' ')
  return withoutHidden(line).toWellFormed()
}

/** Columns that a clean text takes at most, in terminals that draw an emoji sequence as one sign or as many. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const segment of clustersOf(text)) width += clusterWidth(segment)
  return width
}

/** A clean text in at most so many columns, with an ellipsis where something was left out. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (NARROW.test(text)) {
    return text.length <= columns ? text : `${text.slice(0, columns - 1)}${ELLIPSIS}`
  }
  let width = 0
  let kept = ''
  let keptBeforeLast = ''
  for (const segment of clustersOf(text)) {
    const next = width + clusterWidth(segment)
    if (next > columns) return `${keptBeforeLast}${ELLIPSIS}`
    kept += segment
    if (next < columns) keptBeforeLast = kept
    width = next
  }
  return kept
}

/** A clean text in exactly so many columns. */
export function fit(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const short = cut(text, columns)
  const space = ' '.repeat(Math.max(0, columns - widthOf(short)))
  return side === 'left' ? `${short}${space}` : `${space}${short}`
}

/**
 * One line of at most so many columns: `left` is cut where it must be, `right` ends at the last column and stays whole
 * while half of the line is enough for it.
 */
export function line(
  columns: number,
  left: readonly Cell[],
  right: readonly Cell[] = [],
  half = columns / 2,
): string {
  let room = columns
  let end = ''
  for (const cell of right) room -= cellWidth(cell)
  const rightWidth = columns - room
  if (rightWidth > 0 && rightWidth <= half) {
    room -= 1
    end = right.map((cell) => painted(cell, cell.text)).join('')
  } else room = columns
  let text = ''
  let used = 0
  for (const cell of left) {
    if (cell.text === '') continue
    const width = cellWidth(cell)
    const shown = used + width <= room ? cell.text : cut(cell.text, room - used)
    if (shown === '') break
    text += painted(cell, shown)
    used += shown === cell.text ? width : widthOf(shown)
    if (shown !== cell.text) break
  }
  if (end === '') return text
  return `${text}${' '.repeat(columns - used - rightWidth)}${end}`
}

function painted({ paint, link }: Cell, text: string): string {
  const shown = paint ? paint(text) : text
  return link === undefined ? shown : `\u{1b}]8;;${link}\u{1b}\\${shown}\u{1b}]8;;\u{1b}\\`
}

function cellWidth({ text, width }: Cell): number {
  return width ?? widthOf(text)
}

function* clustersOf(text: string): Generator<string> {
  loadedSegmenter ??= new Intl.Segmenter()
  for (const { segment } of loadedSegmenter.segment(text)) yield segment
}

function stringWidth(text: string): number {
  loadedWidths ??= (createRequire(import.meta.url)('string-width') as typeof import('string-width'))
    .default
  return loadedWidths(text)
}

function clusterWidth(cluster: string): number {
  const width = stringWidth(cluster)
  if (cluster.length === 1) return width
  let apart = 0
  for (const character of cluster) apart += stringWidth(character)
  return Math.max(width, apart)
}
