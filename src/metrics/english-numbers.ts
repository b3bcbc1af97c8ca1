import {
  DECIMALS,
  FOLLOWING_PREFIXERS,
  LITERAL,
  MULTIPLIERS,
  MULTIPLIERS_SUFFIXED,
  ONES,
  ONES_SUFFIXED,
  PRECEDING_PREFIXERS,
  PREFIXES,
  type Suffixed,
  TENS,
  TENS_SUFFIXED,
  WORDS,
  ZEROS,
} from './english-number-words.ts'

/**
 * Spelled-out numbers as digits: `twenty one` → `21`, `ten thousand dollars` → `$10000`, `nineteen sixties` →
 * `1960s`, and `one` again for a lonely 1.
 *
 * Whisper's `EnglishNumberNormalizer` (openai/whisper `whisper/normalizers/english.py`), step by step.
 */
export function normaliseEnglishNumbers(text: string): string {
  const words = preprocess(text).split(/\s+/u).filter(Boolean)
  return postprocess(new NumberReader(words).read().join(' '))
}

/** Whole numbers are exact at any size; text holds decimals and digits that were said one by one. */
type Value = string | bigint | null

class NumberReader {
  readonly #words: readonly string[]
  readonly #out: string[] = []
  #prefix = ''
  #value: Value = null
  #skip = false

  constructor(words: readonly string[]) {
    this.#words = words
  }

  read(): string[] {
    for (const [index, word] of this.#words.entries()) {
      if (this.#skip) this.#skip = false
      else this.#take(word, this.#words[index - 1], this.#words[index + 1])
    }
    this.#flush()
    return this.#out
  }

  #take(word: string, before: string | undefined, after: string | undefined): void {
    const ones = ONES.get(word)
    const tens = TENS.get(word)
    const multiplier = MULTIPLIERS.get(word)
    const suffixed = ONES_SUFFIXED.get(word) ?? TENS_SUFFIXED.get(word)
    const multiplied = MULTIPLIERS_SUFFIXED.get(word)
    if (this.#takeDigits(word)) return
    if (!WORDS.has(word)) this.#literal(word)
    else if (ZEROS.has(word)) this.#value = `${this.#digits()}0`
    else if (ones !== undefined) this.#value = this.#joined(ones, before)
    else if (suffixed) this.#ordinal(suffixed, before)
    else if (tens !== undefined) this.#value = this.#joined(tens, undefined)
    else if (multiplier !== undefined) this.#multiply(multiplier)
    else if (multiplied) this.#multiplyOrdinal(multiplied)
    else this.#takeSign(word, before, after)
  }

  #takeDigits(word: string): boolean {
    const sign = PREFIXES.has(word.charAt(0)) ? word.charAt(0) : ''
    const digits = word.slice(sign.length)
    if (!isNumeric(digits)) return false
    if (typeof this.#value === 'string' && this.#value.endsWith('.')) {
      // Decimals, or the parts of an address.
      this.#value += word
      return true
    }
    this.#flush()
    if (sign !== '') this.#prefix = sign
    const [whole = '', decimals = ''] = digits.split('.')
    this.#value = /^0*$/u.test(decimals) ? BigInt(whole) : digits
    return true
  }

  /** The value with a word from one to nineteen, or a ten, behind it. */
  #joined(number: number, before: string | undefined): string | bigint {
    const value = this.#value
    if (value === null) return BigInt(number)
    if (typeof value === 'string' || (before !== undefined && ONES.has(before))) {
      const fills = before !== undefined && TENS.has(before) && number < 10
      return fills ? `${String(value).slice(0, -1)}${number}` : `${value}${number}`
    }
    return value % (number < 10 ? 10n : 100n) === 0n ? value + BigInt(number) : `${value}${number}`
  }

  #ordinal([number, suffix]: Suffixed, before: string | undefined): void {
    const isTen = Number(number) >= 20
    this.#put(`${this.#joined(Number(number), isTen ? undefined : before)}${suffix}`)
  }

  #multiply(multiplier: bigint): void {
    const value = this.#value
    if (value === null) this.#value = multiplier
    else if (typeof value === 'string' || value === 0n) {
      const product = times(String(value), multiplier)
      if (product === null) this.#put(String(value))
      this.#value = product ?? multiplier
    } else this.#value = grouped(value, multiplier)
  }

  #multiplyOrdinal([multiplier, suffix]: Suffixed): void {
    const value = this.#value
    if (value === null) this.#put(`${multiplier}${suffix}`)
    else if (typeof value === 'string') {
      const product = times(value, multiplier)
      if (product === null) this.#put(value)
      this.#put(`${product ?? multiplier}${suffix}`)
    } else this.#put(`${grouped(value, multiplier)}${suffix}`)
  }

  #takeSign(word: string, before: string | undefined, after: string | undefined): void {
    const sign = PRECEDING_PREFIXERS.get(word)
    const currency = FOLLOWING_PREFIXERS.get(word)
    const follows = after !== undefined && (WORDS.has(after) || isNumeric(after))
    if (sign !== undefined) {
      this.#flush()
      if (follows) this.#prefix = sign
      else this.#put(word)
    } else if (currency !== undefined) {
      if (this.#value === null) return this.#put(word)
      this.#prefix = currency
      this.#flush()
    } else if (word === 'per' || word === 'percent') this.#percent(word, after)
    else if (follows) this.#special(word, before, after)
    else this.#literal(word)
  }

  #percent(word: string, after: string | undefined): void {
    if (this.#value === null) this.#put(word)
    else if (word === 'percent') this.#put(`${this.#value}%`)
    else if (after === 'cent') {
      this.#put(`${this.#value}%`)
      this.#skip = true
    } else this.#literal(word)
  }

  #special(word: string, before: string | undefined, after: string): void {
    if (word === 'and') {
      // As in "one hundred and one".
      if (before === undefined || !MULTIPLIERS.has(before)) this.#literal(word)
    } else if (word === 'point') {
      if (DECIMALS.has(after) || isNumeric(after)) this.#value = `${this.#digits()}.`
    } else if (ONES.has(after) || ZEROS.has(after)) {
      const digit = String(ONES.get(after) ?? 0)
      this.#value = `${this.#digits()}${digit.repeat(word === 'double' ? 2 : 3)}`
      this.#skip = true
    } else this.#literal(word)
  }

  #literal(word: string): void {
    this.#flush()
    this.#put(word)
  }

  #flush(): void {
    if (this.#value !== null) this.#put(String(this.#value))
  }

  #put(text: string): void {
    this.#out.push(this.#prefix + text)
    this.#prefix = ''
    this.#value = null
  }

  /** The digits so far; those of a lonely zero do not count. */
  #digits(): string {
    return this.#value === 0n ? '' : String(this.#value ?? '')
  }
}

const isNumeric = (word: string): boolean => /^\p{Nd}+(?:\.\p{Nd}+)?$/u.test(word)

function grouped(value: bigint, multiplier: bigint): bigint {
  return (value / 1000n) * 1000n + (value % 1000n) * multiplier
}

/** The product where it is a whole number; null of what is no decimal number. */
function times(decimal: string, multiplier: bigint): bigint | null {
  const { whole = '', part = '' } =
    /^(?<whole>\d*)(?:\.(?<part>\d*))?$/u.exec(decimal)?.groups ?? {}
  if (whole + part === '') return null
  const scale = 10n ** BigInt(part.length)
  const scaled = BigInt(whole + part) * multiplier
  return scaled % scale === 0n ? scaled / scale : null
}

const WORD = String.raw`[\p{L}\p{N}_]`

function preprocess(text: string): string {
  const halves = new RegExp(`(?<!${WORD})and\\s+a\\s+half(?!${WORD})`, 'u')
  const segments = text.split(halves)
  const parts = segments.flatMap((segment, index) => {
    if (segment.trim() === '') return []
    if (index === segments.length - 1) return [segment]
    const last = segment.trim().split(/\s+/u).at(-1) ?? ''
    const counts = DECIMALS.has(last) || MULTIPLIERS.has(last)
    return [segment, counts ? 'point five' : 'and a half']
  })
  return parts
    .join(' ')
    .replaceAll(/([a-z])([0-9])/gu, '$1 $2')
    .replaceAll(/([0-9])([a-z])/gu, '$1 $2')
    .replaceAll(new RegExp(`([0-9])\\s+(st|nd|rd|th|s)(?!${WORD})`, 'gu'), '$1$2')
}

function postprocess(text: string): string {
  const cents = new RegExp(`([€£$])([0-9]+) (?:and )?¢([0-9]{1,2})(?!${WORD})`, 'gu')
  const onlyCents = new RegExp(`[€£$]0.([0-9]{1,2})(?!${WORD})`, 'gu')
  return text
    .replaceAll(cents, (_, currency: string, whole: string, part: string) => {
      return `${currency}${whole}.${part.padStart(2, '0')}`
    })
    .replaceAll(onlyCents, (_, part: string) => `¢${Number(part)}`)
    .replaceAll(new RegExp(`(?<!${WORD})1(s?)(?!${WORD})`, 'gu'), `${LITERAL}$1`)
}
