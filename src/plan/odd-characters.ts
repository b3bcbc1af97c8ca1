import type { Fault, Span } from './mistakes.ts'
import { legacyKeys } from './schema-parts.ts'

/** Characters that look like a blank or like nothing, by what they are called. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/\u{a0}/u, 'a no-break space'],
  [/\u{202f}/u, 'a narrow no-break space'],
  [/\u{3000}/u, 'an ideographic space'],
  [/[\u{1680}\u{2000}-\u{200a}\u{205f}]/u, 'a space of another width'],
  [/\u{200b}/u, 'a zero-width space'],
  [/[\u{200c}\u{200d}]/u, 'a zero-width joiner'],
  [/\u{2060}/u, 'a word joiner'],
  [/\u{feff}/u, 'a byte order mark'],
  [/\u{ad}/u, 'a soft hyphen'],
  [/[\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u, 'a mark of direction'],
  [/[\u{85}\u{2028}\u{2029}]/u, 'a line break of another kind'],
]
const ODD = new RegExp(NAMES.map(([{ source }]) => `${source}+`).join('|'), 'gu')

/** Characters of one kind that a person takes for blanks or does not see at all. */
export interface OddCharacters extends Fault, Span {}

/** All of them in a text, each with its place in it. */
export function oddCharacters(text: string): OddCharacters[] {
  return [...text.matchAll(ODD)].map(({ 0: found, index: from }) => {
    const code = found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    const [, name] = NAMES.find(([pattern]) => pattern.test(found))!
    return {
      message: `${name} (U+${code}) stands here`,
      expected: `an ordinary blank, or nothing; where it is meant, "\\u${code}" in double quotes`,
      from,
      to: from + found.length,
    }
  })
}

/** Quotes of books and of word processors: double ones mean nothing in a plan, single ones are apostrophes too. */
const TYPOGRAPHIC = /[“”„‟«»]|(?<![\p{L}\p{N}])[‘’‚‛‹]|[‘’‛›](?![\p{L}\p{N}])/u

/** The first quote in a text that YAML takes for an ordinary letter. */
export function typographicQuote(text: string): OddCharacters | null {
  const found = TYPOGRAPHIC.exec(text)
  if (found === null) return null
  const [mark] = found
  const straight = /[‘’‚‛‹›]/u.test(mark) ? "'" : '"'
  return {
    message: `a typographic quote ${mark} stands here, which quotes nothing`,
    expected: `a straight one: ${straight}`,
    from: found.index,
    to: found.index + mark.length,
  }
}

/** Whether a path lies below an `x-…` key at the top, where authors put what they name for other places. */
export function isExtension([top]: readonly PropertyKey[]): boolean {
  return typeof top === 'string' && top.startsWith('x-')
}

/** Whether what stands at a path is for people to read, or for other programs: there any character may be meant. */
export function isFreeText(path: readonly PropertyKey[]): boolean {
  const [top, , third] = path
  if (top === 'name' || top === 'description' || isExtension(path)) return true
  if (legacyKeys.includes(String(top))) return true
  if (top === 'execution') return legacyKeys.includes(String(third))
  return top === 'services' && third === 'env' && path.length > 3
}
