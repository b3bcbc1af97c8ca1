/** A spreadsheet takes a text that begins with one of these for a formula, blanks before it left out. */
const FORMULA_START = /^[\s\p{Cc}]*[=+\-@\uFF0B\uFF0D\uFF1D\uFF20]|^[\t\r]/u
const [AT, DELETE, ZERO, NINE] = [0x40, 0x7f, 0x30, 0x39]

/** Whether a spreadsheet would take a text for a formula once somebody opens its file, or edits its cell. */
export function looksLikeFormula(text: string): boolean {
  const first = text.charCodeAt(0)
  // Nearly all begin with a letter or a digit.
  if ((first > AT && first < DELETE) || (first >= ZERO && first <= NINE)) return false
  return FORMULA_START.test(text)
}

/** A text as a cell of RFC 4180; one that would be a formula has an apostrophe before it. */
export function csvText(text: string): string {
  const plain = looksLikeFormula(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
