import { HIDDEN_CLASS, withSigns } from '../../host/plain-text.ts'

/** Excel holds no more in a cell, in UTF-16 units. */
export const MAX_CELL_CHARACTERS = 32_767
/** Excel holds no more line feeds in a cell. */
const MAX_LINE_FEEDS = 253
/** What cannot stand in an XML text of a cell as it is, or would not be seen there. */
const UNSAFE = new RegExp(
  String.raw`[<>&${HIDDEN_CLASS}\u{fffe}\u{ffff}]|_x[0-9a-f]{4}_|\p{Surrogate}`,
  'iu',
)
const FORBIDDEN = /[\u{fffe}\u{ffff}]/gu
const ESCAPES: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }
const REPLACEMENT = '\u{fffd}'

/**
 * A text as a cell can hold it. What is too long is cut and says so; what XML forbids becomes a visible sign:
 * nothing disappears in silence.
 *
 * @param whole - where all of a cut text is, for the mark
 */
export function cellText(text: string, whole = 'the results'): string {
  return cutLines(cut(visible(text), whole))
}

/** As {@link cellText}, and the same within XML. */
export function cellContent(value: string, whole?: string): { text: string; xml: string } {
  // Nearly every text is: it is looked through once.
  if (value.length <= MAX_CELL_CHARACTERS && !UNSAFE.test(value)) {
    const text = cutLines(value)
    return { text, xml: text }
  }
  const text = cellText(value, whole)
  return { text, xml: escapeXml(text) }
}

/** A text within XML, as spreadsheets read it: `_x0041_` in a text is not an A. */
export function escapeXml(text: string): string {
  if (!UNSAFE.test(text)) return text
  return text
    .replaceAll(/[<>&]/g, (sign) => ESCAPES[sign] ?? sign)
    .replaceAll(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_')
}

/** What is obeyed or not seen as signs, halves of characters as the sign for what is lost. */
function visible(text: string): string {
  if (!UNSAFE.test(text)) return text
  const lines = text.toWellFormed().replaceAll(/\r\n?/g, '\n')
  return withSigns(lines).replaceAll(FORBIDDEN, REPLACEMENT)
}

function cut(text: string, whole: string): string {
  if (text.length <= MAX_CELL_CHARACTERS) return text
  const mark = (left: number): string => `… [${left} characters cut; all of it is in ${whole}]`
  const room = MAX_CELL_CHARACTERS - mark(text.length).length
  const head = text.slice(0, room).replace(/[\u{d800}-\u{dbff}]$/u, '')
  return head + mark(text.length - head.length)
}

/** Further line feeds become a sign, so that no line is lost. */
function cutLines(text: string): string {
  let at = -1
  for (let lines = 0; lines < MAX_LINE_FEEDS; lines += 1) {
    at = text.indexOf('\n', at + 1)
    if (at === -1) return text
  }
  return text.slice(0, at + 1) + text.slice(at + 1).replaceAll('\n', '↵')
}
