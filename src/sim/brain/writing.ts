import { countOf, NUMBER_WORDS } from './number-words.ts'
import type { Rule } from './turn.ts'

const MAX_COUNT = 10_000
const MAX_WORDS = 20_000
/** Words of a text whose length was not given. */
const LENGTHS = { short: 60, long: 400, plain: 120 } as const

const COUNT = /\b(?:count|policz|compte[rz]?|zähle?)\b\D{0,30}(\d+)\D{1,20}?(\d+)/iu
const COUNT_TO = /\b(?:count|policz|compte[rz]?|zähle?)\b\D{0,30}(\d+)/iu
const LIST =
  /\b(?:list|name|give me|tell me|write)\s+(?:me\s+)?(\S+)\s+(?:\S+\s+)?(colou?rs|fruits|animals|planets|cities|days|months|numbers)\b/iu
const WORDS = /(\d{1,5})[- ]words?\b/iu
const WRITE = /\b(?:write|tell|generate|compose|create|describe|explain|produce)\b/iu
const TEXT = /\b(?:story|essay|poem|haiku|text|paragraph|sentence|article)\b/iu
const TOPIC =
  /\b(?:about|describe|explain) (?:the |an? )?([\p{L} -]{2,40}?)(?=[.,!?:]|$| in \d| in exactly| using| with)/iu
const SUMMARISE =
  /^\W*(?:please |can you |could you )?(?:summari[sz]e|sum up|tl;?dr|streszcz|podsumuj|résume[rz]?)\b([\s\S]*)$/iu

const LISTS: Record<string, string> = {
  colours: 'red green blue yellow orange purple pink brown black white grey cyan',
  fruits: 'apple banana cherry grape lemon mango orange peach pear plum',
  animals: 'dog cat horse cow sheep goat lion tiger bear wolf fox hare',
  planets: 'Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune',
  cities: 'London Paris Warsaw Berlin Madrid Rome Vienna Prague Tokyo Beijing',
  days: 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday',
  months: 'January February March April May June July August September October November December',
  numbers: '1 2 3 4 5 6 7 8 9 10 11 12',
}
const VOCABULARY = (
  'light water stone river small bright slowly under above morning evening house garden voice ' +
  'walks carries holds finds brings quiet green silver open between always often near long old ' +
  'path hill window story hand every other and with over from into after'
).split(' ')

/** "Count from 1 to 10", "Count from 5 down to 1". */
export const counting: Rule = ({ text }) => {
  const plain = text.replaceAll(NUMBER_WORDS, (word) => String(countOf(word)))
  const [, first, second] = COUNT.exec(plain) ?? [null, '1', COUNT_TO.exec(plain)?.[1]]
  if (!first || !second) return null
  const from = Number(first)
  const step = Number(second) < from ? -1 : 1
  const length = Math.min(MAX_COUNT, Math.abs(Number(second) - from) + 1)
  const all = Array.from({ length }, (_, index) => from + index * step)
  return { text: all.join(', '), core: String(all.at(-1)) }
}

/** "List three colours". */
export const listing: Rule = ({ text }) => {
  const [, count, kind] = LIST.exec(text) ?? []
  if (!count || !kind) return null
  const things = LISTS[kind.toLowerCase().replace('colors', 'colours')]?.split(' ') ?? []
  const chosen = things.slice(0, countOf(count) || 3)
  return { text: chosen.join(', '), core: chosen[0] ?? '' }
}

/** "Write 200 words about the sea": exactly that many words, which the seed picks. */
export const writing: Rule = ({ text, seed }) => {
  if (!WRITE.test(text)) return null
  const asked = WORDS.exec(text)?.[1]
  if (!asked && !TEXT.test(text)) return null
  const length = /\blong\b/i.test(text) ? 'long' : /\bshort\b/i.test(text) ? 'short' : 'plain'
  const count = Math.min(MAX_WORDS, asked ? Number(asked) : LENGTHS[length])
  const topic = TOPIC.exec(text)?.[1]?.trim().split(/\s+/) ?? ['nothing', 'special']
  return {
    text: prose(['this', 'text', 'is', 'about', ...topic], count, seed),
    core: topic.join(' '),
  }
}

/** "Summarise: …": the first sentence of what follows, or of what was said before. */
export const summarising: Rule = ({ text, turns }) => {
  const rest = SUMMARISE.exec(text)?.[1]
  if (rest === undefined) return null
  const given = /[:\n]\s*([\s\S]+)/.exec(rest)?.[1] ?? turns.at(-2)?.text ?? rest
  const first = given
    .trim()
    .split(/(?<=[.!?])\s|(?<=[。！？])/u)[0]
    ?.trim()
  return first ? { text: first, core: first } : null
}

function prose(opening: readonly string[], count: number, seed: number): string {
  const random = generator(seed)
  const words: string[] = []
  let left = 0
  while (words.length < count) {
    const word = opening[words.length] ?? pick(random)
    const begins = left === 0
    if (begins) left = 8 + Math.floor(random() * 8)
    left -= 1
    const ends = (left === 0 && words.length >= opening.length) || words.length === count - 1
    if (ends) left = 0
    else if (left === 0) left = 1
    words.push((begins ? word.charAt(0).toUpperCase() + word.slice(1) : word) + (ends ? '.' : ''))
  }
  return words.join(' ')
}

function pick(random: () => number): string {
  return VOCABULARY[Math.floor(random() * VOCABULARY.length)] ?? 'light'
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
