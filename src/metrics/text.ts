/**
 * Text as comparisons see it: NFKC, lower case, bracketed remarks, punctuation and symbols gone, single
 * spaces. Letters keep their diacritics unless `withoutDiacritics` is asked for.
 *
 * Whisper's `BasicTextNormalizer` (openai/whisper `whisper/normalizers/basic.py`).
 */
export function normaliseBasic(
  text: string,
  { withoutDiacritics = false }: { withoutDiacritics?: boolean } = {},
): string {
  const said = text
    .toLowerCase()
    .replaceAll(/[<[][^>\]]*[>\]]/gu, '')
    .replaceAll(/\([^)]+?\)/gu, '')
  const plain = withoutDiacritics
    ? removeSymbolsAndDiacritics(said)
    : said.normalize('NFKC').replaceAll(/[\p{M}\p{S}\p{P}]/gu, ' ')
  return plain.toLowerCase().replaceAll(/\s+/gu, ' ').trim()
}

/** Letters that Unicode does not take apart into a letter and its diacritic. */
const ADDITIONAL_DIACRITICS = new Map([
  ['œ', 'oe'],
  ['Œ', 'OE'],
  ['ø', 'o'],
  ['Ø', 'O'],
  ['æ', 'ae'],
  ['Æ', 'AE'],
  ['ß', 'ss'],
  ['ẞ', 'SS'],
  ['đ', 'd'],
  ['Đ', 'D'],
  ['ð', 'd'],
  ['Ð', 'D'],
  ['þ', 'th'],
  ['Þ', 'th'],
  ['ł', 'l'],
  ['Ł', 'L'],
])

/**
 * Text without diacritics, other marks, punctuation and symbols, except those to `keep`.
 *
 * Whisper's `remove_symbols_and_diacritics` (openai/whisper `whisper/normalizers/basic.py`).
 */
export function removeSymbolsAndDiacritics(text: string, keep = ''): string {
  return Array.from(text.normalize('NFKD'), (letter) => {
    if (keep.includes(letter)) return letter
    const plain = ADDITIONAL_DIACRITICS.get(letter)
    if (plain !== undefined) return plain
    return /\p{Mn}/u.test(letter) ? '' : /[\p{M}\p{S}\p{P}]/u.test(letter) ? ' ' : letter
  }).join('')
}

/**
 * How alike two texts are, from 0 to 1, after {@link normaliseBasic}: 1 − Levenshtein distance over the
 * longer length, in code points. Two empty texts are alike.
 */
export function match(expected: string, actual: string): number {
  const a = Array.from(normaliseBasic(expected))
  const b = Array.from(normaliseBasic(actual))
  const longer = Math.max(a.length, b.length)
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer
}

/** Insertions, deletions and substitutions that turn one sequence into the other (Levenshtein 1966). */
export function editDistance<Item>(a: readonly Item[], b: readonly Item[]): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, item] of a.entries()) {
    const current = [row + 1]
    for (const [column, other] of b.entries()) {
      const substituted = (previous[column] ?? 0) + (item === other ? 0 : 1)
      const deleted = (previous[column + 1] ?? 0) + 1
      const inserted = (current[column] ?? 0) + 1
      current.push(Math.min(substituted, deleted, inserted))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

/** Number of words: runs of anything but white space. */
export function wordCount(text: string): number {
  let count = 0
  let isWithin = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const isSpace = isWhiteSpace(code)
    if (!isSpace && !isWithin) count += 1
    isWithin = !isSpace
  }
  return count
}

/** What `\s` takes for white space, as units of UTF-16: each of them is one. */
const WIDE_SPACES = new Set([0x16_80, 0x20_28, 0x20_29, 0x20_2f, 0x20_5f, 0x30_00, 0xfe_ff])
const [SPACE, TAB, CARRIAGE_RETURN, NO_BREAK_SPACE] = [0x20, 0x09, 0x0d, 0xa0]
const [EN_QUAD, HAIR_SPACE] = [0x20_00, 0x20_0a]

function isWhiteSpace(code: number): boolean {
  if (code < NO_BREAK_SPACE) return code === SPACE || (code >= TAB && code <= CARRIAGE_RETURN)
  return code === NO_BREAK_SPACE || (code >= EN_QUAD && code <= HAIR_SPACE) || WIDE_SPACES.has(code)
}

/** What two units of UTF-16 begin with. */
const HIGH_SURROGATE = /[\ud800-\udbff]/

/** Number of code points. */
export function characterCount(text: string): number {
  // A text of Latin letters alone has none, and is not even looked through.
  if (!HIGH_SURROGATE.test(text)) return text.length
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const isPair = isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1))
    if (isPair) at += 1
    count += 1
  }
  return count
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdb_ff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc_00 && code <= 0xdf_ff
}
