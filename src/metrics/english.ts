import { createRequire } from 'node:module'
import { ownPath } from '../host/entry.ts'
import type spellings from './english-spellings.json'
import { normaliseEnglishNumbers } from './english-numbers.ts'
import { removeSymbolsAndDiacritics } from './text.ts'

/** Python's `\b` knows the letters of every script. */
const WORD = String.raw`[\p{L}\p{N}_]`

/** Contractions and titles, in the order in which they are replaced; `|` stands for the edge of a word. */
const REPLACEMENTS = [
  ["|won't|", 'will not'],
  ["|can't|", 'can not'],
  ["|let's|", 'let us'],
  ["|ain't|", 'aint'],
  ["|y'all|", 'you all'],
  ['|wanna|', 'want to'],
  ['|kinda|', 'kind of'],
  ['|sorta|', 'sort of'],
  ['|dunno|', 'do not know'],
  ['|gotta|', 'got to'],
  ['|gonna|', 'going to'],
  ["|i'ma|", 'i am going to'],
  ['|imma|', 'i am going to'],
  ['|woulda|', 'would have'],
  ['|coulda|', 'could have'],
  ['|shoulda|', 'should have'],
  ['|cause|', 'because'],
  ["|ma'am|", 'madam'],
  ['|mr|', 'mister '],
  ['|mrs|', 'missus '],
  ['|st|', 'saint '],
  ['|dr|', 'doctor '],
  ['|prof|', 'professor '],
  ['|capt|', 'captain '],
  ['|gov|', 'governor '],
  ['|ald|', 'alderman '],
  ['|gen|', 'general '],
  ['|sen|', 'senator '],
  ['|rep|', 'representative '],
  ['|pres|', 'president '],
  ['|rev|', 'reverend '],
  ['|hon|', 'honorable '],
  ['|asst|', 'assistant '],
  ['|assoc|', 'associate '],
  ['|lt|', 'lieutenant '],
  ['|col|', 'colonel '],
  ['|jr|', 'junior '],
  ['|sr|', 'senior '],
  ['|esq|', 'esquire '],
  ["'d been|", ' had been'],
  ["'s been|", ' has been'],
  ["'d gone|", ' had gone'],
  ["'s gone|", ' has gone'],
  ["'d done|", ' had done'],
  ["'s got|", ' has got'],
  ["n't|", ' not'],
  ["'re|", ' are'],
  ["'s|", ' is'],
  ["'d|", ' would'],
  ["'ll|", ' will'],
  ["'t|", ' not'],
  ["'ve|", ' have'],
  ["'m|", ' am'],
] as const

const FILLERS = '|(?:hmm|mm|mhm|mmm|uh|um)|'

/** What takes its time to prepare, and only where English is compared. */
interface Rules {
  fillers: RegExp
  replacements: readonly (readonly [RegExp, string])[]
  /** American by British spelling. */
  spellings: ReadonlyMap<string, string>
}

let prepared: Rules | undefined

function rules(): Rules {
  const path = ownPath(import.meta.url, 'metrics/english-spellings.json')
  const load = createRequire(import.meta.url)
  return (prepared ??= {
    fillers: atEdges(FILLERS),
    replacements: REPLACEMENTS.map(([pattern, text]) => [atEdges(pattern), text]),
    spellings: new Map(Object.entries(load(path) as typeof spellings)),
  })
}

/**
 * English text as comparisons of transcripts see it: fillers and remarks gone, contractions spelled out,
 * numbers as digits, American spelling.
 *
 * Whisper's `EnglishTextNormalizer` and its list of spellings (openai/whisper `whisper/normalizers/english.py`,
 * `english.json`; MIT License, Copyright (c) 2022 OpenAI). White space at the ends,
 * which that leaves, is removed.
 */
export function normaliseEnglish(text: string): string {
  const { fillers, replacements, spellings: american } = rules()
  let said = text
    .toLowerCase()
    .replaceAll(/[<[][^>\]]*[>\]]/gu, '')
    .replaceAll(/\([^)]+?\)/gu, '')
    .replaceAll(fillers, '')
    .replaceAll(/\s+'/gu, "'")
  for (const [pattern, replacement] of replacements) {
    said = said.replaceAll(pattern, replacement)
  }
  said = said.replaceAll(/(\p{Nd}),(\p{Nd})/gu, '$1$2').replaceAll(/\.([^0-9]|$)/gu, ' $1')
  said = normaliseEnglishNumbers(removeSymbolsAndDiacritics(said, '.%$¢€£'))
  return said
    .split(/\s+/u)
    .map((word) => american.get(word) ?? word)
    .join(' ')
    .replaceAll(/[.$¢€£]([^0-9])/gu, ' $1')
    .replaceAll(/([^0-9])%/gu, '$1 ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

function atEdges(pattern: string): RegExp {
  const [first, last] = [pattern.startsWith('|'), pattern.endsWith('|')]
  const body = pattern.slice(first ? 1 : 0, last ? -1 : undefined)
  return new RegExp(`${first ? `(?<!${WORD})` : ''}${body}${last ? `(?!${WORD})` : ''}`, 'gu')
}
