import { asBytes, asText, escapedText, formsOf, type SecretForm } from './secret-forms.ts'

/** What stands in place of a value. */
const REDACTED = '[redacted]'
/** A shorter one would be found in every text. */
const LEAST_VALUE = 4
/** Bytes that a byte of a value takes where it is encoded once and again. */
const MOST_ENCODED = 12
/** So much of a value is blacked out also where the rest of it was cut off. */
const LEAST_PART = 6
/** How far base64 around a value is taken with it. */
const MOST_BASE64 = 256
/** A line of a value of several lines is one of its own, if it is not too short. */
const LEAST_LINE = 8
/** What encodings write; a text without holds no value of mixed forms. */
const ENCODED = /[%\\&+]/
const BASE64 = /[\w+/=-]/
/** Where a text was cut, and how many such places are looked at. */
const CUT = '…'
const MOST_CUTS = 1_000

/** A part of a text: `to` is behind its last character. */
export interface Found {
  from: number
  to: number
}

/** What values look like. */
interface Forms {
  /** Plain and in whole encodings. */
  exact: SecretForm[]
  mixed: RegExp[]
  /** How each of the exact ones begins and ends: a text without any of that holds none, nor a part of one. */
  signs: RegExp
}

/** Values that must not come back. */
interface Known {
  values: Set<string>
  inText: Forms
  /** In bytes, one a character. */
  inBytes: Forms
}

// A worker may load this module twice.
const KEY = Symbol.for('jarvis.secrets')

function known(): Known {
  const holder = globalThis as typeof globalThis & { [KEY]?: Known }
  holder[KEY] ??= noSecrets()
  return holder[KEY]
}

function noSecrets(): Known {
  return {
    values: new Set(),
    inText: { exact: [], mixed: [], signs: /$^/ },
    inBytes: { exact: [], mixed: [], signs: /$^/ },
  }
}

/** From now on these values are blacked out in whatever this process tells. */
export function knowSecrets(values: Iterable<string>): void {
  const all = known()
  for (const value of values) {
    for (const one of [value, value.trim(), ...linesOf(value), unquoted(value)]) learn(all, one)
  }
}

/** Whether any value is known. */
export function hasSecrets(): boolean {
  return known().values.size > 0
}

/** The values that are known, for processes that tell of the same run. */
export function knownSecrets(): string[] {
  return [...known().values]
}

/** A text without the values that are known, however they are encoded. One without any is returned as it is. */
export function withoutSecrets(text: string): string {
  const { values, inText } = known()
  if (values.size === 0 || text.length < LEAST_VALUE) return text
  const hasSigns = inText.signs.test(text)
  if (!hasSigns && !ENCODED.test(text)) return text
  const found = findAll(text, inText, hasSigns)
  if (hasSigns) findCut(text, inText, found)
  if (found.length === 0) return text
  let clean = ''
  let at = 0
  for (const { from, to } of merged(found)) {
    clean += text.slice(at, from) + REDACTED
    at = to
  }
  return clean + text.slice(at)
}

/** The same for a file: one that is no text stays as it is. */
export function withoutSecretsInText(bytes: Uint8Array): Uint8Array {
  if (known().values.size === 0) return bytes
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const clean = withoutSecrets(text)
    return clean === text ? bytes : Buffer.from(clean)
  } catch {
    return bytes
  }
}

/** Where the known values stand in bytes, in order and apart. */
export function secretsInBytes(bytes: Buffer): Found[] {
  const { values, inBytes } = known()
  return values.size === 0 ? [] : merged(findAll(bytes.toString('latin1'), inBytes, true))
}

/** The most bytes that a known value takes, however it is encoded. */
export function longestSecret(): number {
  const lengths = [...known().values].map((value) => Buffer.byteLength(value) * MOST_ENCODED)
  return Math.max(0, ...lengths)
}

function findAll(text: string, { exact, mixed }: Forms, hasSigns: boolean): Found[] {
  const found: Found[] = []
  if (hasSigns) for (const form of exact) findExact(text, form, found)
  if (!ENCODED.test(text)) return found
  for (const pattern of mixed) {
    for (const { index, 0: match } of text.matchAll(pattern)) {
      found.push({ from: index, to: index + match.length })
    }
  }
  return found
}

function learn(all: Known, value: string): void {
  if (value.length < LEAST_VALUE || all.values.has(value) || REDACTED.includes(value)) return
  all.values.add(value)
  for (const [forms, spell] of [
    [all.inText, asText],
    [all.inBytes, asBytes],
  ] as const) {
    const { exact, mixed } = formsOf(value, spell)
    forms.exact.push(...exact)
    if (mixed !== null) forms.mixed.push(mixed)
    forms.signs = signsOf(forms.exact)
  }
}

function signsOf(forms: readonly SecretForm[]): RegExp {
  const ends = forms.flatMap(({ text }) => [text.slice(0, LEAST_PART), text.slice(-LEAST_PART)])
  return new RegExp([...new Set(ends)].map(escapedText).join('|'))
}

/** As it stands in a command that was split into words. */
function unquoted(value: string): string {
  return value.replaceAll(/["'\\]/g, '')
}

function linesOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim())
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= LEAST_LINE)
}

function findExact(text: string, form: SecretForm, found: Found[]): void {
  const { text: sought, isBase64 } = form
  for (let at = text.indexOf(sought); at !== -1; at = text.indexOf(sought, at + 1)) {
    const end = at + sought.length
    const one = isBase64 ? wholeWord(text, at, end) : { from: at, to: end }
    found.push(one)
    at = Math.max(at, one.to - sought.length)
  }
}

/** A part of something in base64, with what stands around it. */
function wholeWord(text: string, start: number, end: number): Found {
  let [from, to] = [start, end]
  while (from > 0 && start - from < MOST_BASE64 && BASE64.test(text[from - 1]!)) from -= 1
  while (to < text.length && to - end < MOST_BASE64 && BASE64.test(text[to]!)) to += 1
  return { from, to }
}

/** The beginning of a value before the end of a text or before what marks a cut, and the end of one at its start. */
function findCut(text: string, { exact }: Forms, found: Found[]): void {
  const ends = [text.length]
  for (let at = text.indexOf(CUT); at !== -1; at = text.indexOf(CUT, at + 1)) {
    if (ends.push(at) > MOST_CUTS) break
  }
  for (const { text: value, isBase64 } of exact) {
    if (value.length <= LEAST_PART) continue
    for (const end of ends) {
      const from = beginningBefore(text, end, value)
      if (from !== -1) found.push(isBase64 ? wholeWord(text, from, end) : { from, to: end })
    }
    for (const end of [0, ...ends.slice(1).map((at) => at + 1)]) {
      const to = endingAfter(text, end, value)
      if (to !== -1) found.push(isBase64 ? wholeWord(text, end, to) : { from: end, to })
    }
  }
}

/** Where a beginning of `value` stands that ends at `end`; -1 where none does. */
function beginningBefore(text: string, end: number, value: string): number {
  const tail = text.slice(Math.max(0, end - value.length), end)
  const first = value.slice(0, LEAST_PART)
  for (let at = tail.indexOf(first); at !== -1; at = tail.indexOf(first, at + 1)) {
    if (value.startsWith(tail.slice(at))) return end - tail.length + at
  }
  return -1
}

function endingAfter(text: string, start: number, value: string): number {
  const head = text.slice(start, start + value.length)
  const last = value.slice(-LEAST_PART)
  for (
    let at = head.lastIndexOf(last);
    at !== -1;
    at = at === 0 ? -1 : head.lastIndexOf(last, at - 1)
  ) {
    const part = head.slice(0, at + LEAST_PART)
    if (value.endsWith(part)) return start + part.length
  }
  return -1
}

function merged(found: Found[]): Found[] {
  if (found.length < 2) return found
  const inOrder = found.toSorted((a, b) => a.from - b.from)
  const apart: Found[] = []
  for (const one of inOrder) {
    const last = apart.at(-1)
    if (last === undefined || one.from > last.to) apart.push({ ...one })
    else last.to = Math.max(last.to, one.to)
  }
  return apart
}
