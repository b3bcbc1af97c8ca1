import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Alias, Node, Pair, Scalar } from 'yaml'
import { interpolate } from './interpolate.ts'
import { type Mistake, type Place, quote, type Span } from './mistakes.ts'
import { isExtension, isFreeText, oddCharacters, typographicQuote } from './odd-characters.ts'
import { syntaxMistakes } from './syntax.ts'

export type Path = readonly PropertyKey[]

/**
 * How the scalars at a path are taken: `typed`, a reference that stands alone may become a number or true
 * or false; `verbatim`, as text however it looks; `folder`, a `~` that stands alone is no null but the home folder;
 * `opaque`, a null is kept and not the same as absent.
 */
export type ScalarRule = 'typed' | 'verbatim' | 'folder' | 'opaque' | null

/** A value that a plan takes from the environment by `${NAME}`. */
export interface Taken {
  name: string
  value: string
  /** What stands behind `:-`. */
  fallback: string | undefined
  /** Where in the plan. */
  path: Path
}

/** The values of a YAML file, with the place of each. */
export interface Reading {
  /** Plain data: objects that inherit no key, arrays, scalars. Undefined when there are mistakes of syntax or no content. */
  value: unknown
  mistakes: Mistake[]
  /** References that could not be filled in. */
  unfilled: { path: Path; mistake: Mistake }[]
  /** What was taken from the environment. */
  taken: Taken[]
  /** Where the value of a path stands, or the nearest thing around it that does; `key`: its key. */
  placeOf: (path: Path, part?: 'key' | 'value') => Place
  /** What follows the value of a path on its line, and the places of its parts. */
  behind: (path: Path) => { text: string; placeOf: (part: Span) => Place }
  /** Characters that look like a blank, or like nothing, where they can only be in the way. */
  odd: Mistake[]
  /** The place of a part of the text at a path. */
  placeWithin: (path: Path, text: string, part: Span) => Place
}

/** Levels of nesting; a plan needs seven, and older plans may nest what scenarios get. */
const MAX_DEPTH = 40
/** Values that aliases may repeat. */
const MAX_REPEATED_VALUES = 10_000

/** Of all mappings. The validator compares what stands at `length` with a number, whatever that is. */
const BARE: object = Object.freeze(
  Object.assign(Object.create(null), { [Symbol.toPrimitive]: () => Number.NaN }),
)

const noText = {
  message: 'a NUL character stands here',
  expected: 'text: is this the right file, and is it whole?',
}

const nul = {
  message: 'a NUL character stands here',
  expected: 'text without one, which no program, file or server can be given',
}

/** Reads YAML into plain data, environment variables filled in, every mistake of form noted. */
export function readSource(
  text: string,
  env: NodeJS.ProcessEnv,
  ruleOf: (path: Path) => ScalarRule,
): Reading {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    // Told here, with the line of the first one, and without comparing each key with all others.
    uniqueKeys: false,
  })
  const reader = new Reader(text, lines, env, ruleOf)
  const zero = text.indexOf('\0')
  const mistakes =
    zero === -1
      ? syntaxMistakes(document, text, (from, to) => reader.place(from, to))
      : [{ ...noText, place: reader.place(zero, zero + 1) }]
  if (mistakes.length > 0) {
    reader.lookForOdd(mistakes)
    return reader.reading(undefined, mistakes)
  }
  const value = document.contents === null ? undefined : reader.read(document.contents, [])
  return reader.reading(reader.exhausted ? undefined : value, reader.mistakes)
}

type Pairs = Pair<Node, Node | null>[]

class Reader {
  readonly mistakes: Mistake[] = []
  readonly #odd: Mistake[] = []
  /** Reading was given up: what was read is not the whole. */
  exhausted = false
  readonly #unfilled: Reading['unfilled'] = []
  readonly #taken: Taken[] = []
  readonly #keys = new Map<string, Node>()
  readonly #values = new Map<string, Node>()
  /** The last node of each anchor so far, which is what an alias means. */
  readonly #anchors = new Map<string, Node>()
  readonly #text: string
  readonly #lines: LineCounter
  readonly #env: NodeJS.ProcessEnv
  readonly #ruleOf: (path: Path) => ScalarRule
  readonly #merging = new Set<Node>()
  #aliasDepth = 0
  #repeated = 0

  constructor(
    text: string,
    lines: LineCounter,
    env: NodeJS.ProcessEnv,
    ruleOf: (path: Path) => ScalarRule,
  ) {
    this.#text = text
    this.#lines = lines
    this.#env = env
    this.#ruleOf = ruleOf
  }

  reading(value: unknown, mistakes: Mistake[]): Reading {
    return {
      value,
      mistakes,
      unfilled: this.#unfilled.filter(({ path }) => !isExtension(path)),
      taken: this.#taken,
      odd: this.#odd,
      behind: (path) => this.#behind(path),
      placeOf: (path, part = 'value') => this.#placeOf(path, part),
      placeWithin: (path, text, part) => this.#placeWithin(path, text, part),
    }
  }

  read(node: Node, path: Path): unknown {
    if (isAlias(node)) return this.#readAlias(node, path)
    if (this.#aliasDepth > 0) this.#repeated += 1
    if (this.#repeated > MAX_REPEATED_VALUES)
      return this.#giveUp(
        node,
        'its aliases repeat too much',
        'values written out instead of *aliases',
      )
    if (path.length > MAX_DEPTH)
      return this.#giveUp(node, 'it is nested too deeply', `at most ${MAX_DEPTH} levels`)
    this.#values.set(keyOf(path), node)
    const { anchor } = node as { anchor?: string }
    if (anchor !== undefined) this.#anchors.set(anchor, node)
    if (isMap(node)) return this.#readMap(node.items as Pairs, path)
    if (isSeq(node))
      return node.items.map((item, index) => this.read(item as Node, [...path, index]))
    return isScalar(node) ? this.#readScalar(node, path) : null
  }

  /** Where a text is no YAML, that may come of such a character in the line of a mistake or the one above. */
  lookForOdd(mistakes: readonly Mistake[]): void {
    const near = new Set(mistakes.flatMap(({ place: { line } }) => [line - 1, line]))
    const lines = this.#text.split('\n')
    for (const { from, to, ...fault } of oddCharacters(this.#text)) {
      const place = this.place(from, to)
      const isText = /^\s*(?:#|name:|description:)/.test(lines[place.line - 1] ?? '')
      if (near.has(place.line) && !isText) this.#odd.push({ ...fault, place })
    }
    let start = 0
    for (const [index, line] of lines.entries()) {
      const quoted = near.has(index + 1) ? typographicQuote(line) : null
      if (quoted !== null) {
        const { from, to, ...fault } = quoted
        this.#odd.push({ ...fault, place: this.place(start + from, start + to) })
      }
      start += line.length + 1
    }
  }

  place(from: number, to: number): Place {
    const start = Math.min(from, this.#text.length)
    const { line, col } = this.#lines.linePos(start)
    const newline = this.#text.indexOf('\n', start)
    const end = Math.min(to, newline === -1 ? this.#text.length : newline)
    const length = Math.max(1, this.#text.slice(start, end).trimEnd().length)
    return { line: Math.max(1, line), column: Math.max(1, col), length }
  }

  #readAlias(node: Alias, path: Path): unknown {
    const target = this.#targetOf(node)
    if (target === null) {
      this.#values.set(keyOf(path), node)
      return undefined
    }
    this.#aliasDepth += 1
    const value = this.read(target, path)
    this.#aliasDepth -= 1
    return value
  }

  #targetOf(node: Alias): Node | null {
    const target = this.#anchors.get(node.source)
    if (target !== undefined) return target
    this.#report(node, {
      message: `*${node.source} is an alias, and nothing before it is named &${node.source}`,
      expected: `text that begins with * to stand in quotes: ${quote(`*${node.source}`)}`,
    })
    return null
  }

  #readMap(pairs: Pairs, path: Path): unknown {
    const entries = new Map<string, unknown>()
    const merged: Node[] = []
    const first = new Map<string, Node>()
    for (const { key: node, value } of pairs) {
      const key = this.#readKey(node)
      if (key === null) continue
      const at = [...path, key]
      this.#checkCharacters(node, path)
      const before = first.get(key)
      if (before?.range) {
        const { line } = this.#lines.linePos(before.range[0])
        this.#report(node, {
          message: `${quote(key)} is already given on line ${line}`,
          expected: 'each key once',
        })
        continue
      }
      first.set(key, node)
      if (isMergeKey(node)) merged.push(...this.#mergedBy(node, value))
      else if (isExtension(at)) this.#readExtension(value, at)
      else this.#readEntry(entries, { key: node, value }, at)
    }
    for (const node of merged) this.#merge(node, path, entries)
    return Object.assign(Object.create(BARE), Object.fromEntries(entries))
  }

  #readEntry(
    entries: Map<string, unknown>,
    { key, value: node }: Pick<Pairs[number], 'key' | 'value'>,
    at: Path,
  ): void {
    this.#keys.set(keyOf(at), key)
    const value = node === null ? null : this.read(node, at)
    // A key with nothing behind it says as much as no key.
    const absent = value === null && this.#ruleOf(at) !== 'opaque'
    if (absent) this.#values.delete(keyOf(at))
    entries.set(String(at.at(-1)), absent ? undefined : value)
  }

  /** Only what it names for others has a meaning. */
  #readExtension(node: Node | null, at: Path): void {
    if (node !== null) this.read(node, at)
  }

  /** The mappings behind a `<<` (https://yaml.org/type/merge.html), one after the other. */
  #mergedBy(key: Node, value: Node | null): Node[] {
    const nodes = isSeq(value) ? (value.items as Node[]) : [value]
    return nodes.flatMap((node) => {
      const target = isAlias(node) ? this.#targetOf(node) : node
      if (target === null) return []
      if (isMap(target)) return [target]
      this.#report(node ?? key, {
        message: '<< takes over the keys of a mapping, and this is none',
        expected: '<<: *name of a mapping that was named &name, or a list of such',
      })
      return []
    })
  }

  /** Adds what a mapping has and is not there yet: what stands in the mapping itself goes before, and the first of several. */
  #merge(node: Node, path: Path, entries: Map<string, unknown>): void {
    if (!isMap(node)) return
    if (this.#merging.has(node)) {
      this.#giveUp(node, 'a mapping takes over its own keys', 'another mapping behind <<')
      return
    }
    this.#merging.add(node)
    this.#aliasDepth += 1
    const further: Node[] = []
    for (const pair of node.items as Pairs) {
      const key = this.#readKey(pair.key)
      if (isMergeKey(pair.key)) further.push(...this.#mergedBy(pair.key, pair.value))
      else if (key !== null && !entries.has(key)) this.#readEntry(entries, pair, [...path, key])
    }
    for (const one of further) this.#merge(one, path, entries)
    this.#aliasDepth -= 1
    this.#merging.delete(node)
  }

  #readKey(node: Node): string | null {
    const target = isAlias(node) ? this.#anchors.get(node.source) : node
    if (isScalar(target) && target.value !== null) {
      // As it is written: 1.10 is not 1.1.
      const key = target.source ?? ''
      if (key.includes('\0')) this.#report(node, nul)
      if (key !== '__proto__') return key
    }
    this.#report(node, { message: 'this is no key', expected: 'a word, followed by a colon' })
    return null
  }

  #readScalar(node: Scalar, path: Path): unknown {
    const rule = this.#ruleOf(path)
    this.#checkCharacters(node, path)
    if (typeof node.value === 'string' && node.value.includes('\0')) this.#report(node, nul)
    if (rule === 'folder' && node.source === '~') return '~'
    if (rule === 'verbatim' && node.value === null) return ''
    const raw = rule === 'verbatim' ? (node.source ?? String(node.value)) : node.value
    if (typeof raw !== 'string' || !raw.includes('${')) return raw
    const { text, faults, taken } = interpolate(raw, this.#env)
    for (const one of taken) this.#taken.push({ ...one, path })
    for (const fault of faults) {
      const mistake = { ...fault, place: this.#placeWithin(path, raw, fault) }
      this.#unfilled.push({ path, mistake })
    }
    const alone = /^\$\{[^}]*\}$/.test(raw)
    return rule === 'typed' && alone && faults.length === 0 ? typed(text) : text
  }

  #checkCharacters(node: Node, path: Path): void {
    const [start, end] = node.range ?? [0, 0]
    if (isFreeText(path)) return
    const text = this.#text.slice(start, end)
    // Within quotes that YAML knows they are meant.
    const quoted = isScalar(node) && node.type === 'PLAIN' ? typographicQuote(text) : null
    const all = [...oddCharacters(text), ...(quoted === null ? [] : [quoted])]
    for (const { from, to, ...fault } of all) {
      this.#odd.push({ ...fault, place: this.place(start + from, start + to) })
    }
  }

  #behind(path: Path): ReturnType<Reading['behind']> {
    const [, end = 0] = this.#values.get(keyOf(path))?.range ?? []
    const newline = this.#text.indexOf('\n', end)
    const text = this.#text.slice(end, newline === -1 ? undefined : newline).replace(/\r$/, '')
    return { text, placeOf: ({ from, to }) => this.place(end + from, end + to) }
  }

  #giveUp(node: Node, reason: string, expected: string): undefined {
    if (!this.exhausted)
      this.#report(node, { message: `the file can't be read: ${reason}`, expected })
    this.exhausted = true
    return undefined
  }

  #report(node: Node, fault: Omit<Mistake, 'place'>): void {
    this.mistakes.push({ ...fault, place: this.#nodePlace(node) })
  }

  #nodePlace(node: Node): Place {
    const [from, to] = node.range ?? [0, 0]
    return this.place(from, to)
  }

  #placeOf(path: Path, part: 'key' | 'value'): Place {
    const exact = part === 'key' ? this.#keys.get(keyOf(path)) : this.#values.get(keyOf(path))
    if (exact !== undefined) return this.#nodePlace(exact)
    for (let length = path.length; length >= 0; length -= 1) {
      const around = keyOf(path.slice(0, length))
      const key = this.#keys.get(around)
      if (key !== undefined && !this.#values.has(around)) return this.#nodePlace(key)
      const value = this.#values.get(around)
      if (value !== undefined) return { ...this.#nodePlace(value), length: 1 }
    }
    return this.place(0, 1)
  }

  #placeWithin(path: Path, text: string, { from, to }: Span): Place {
    const [start, end] = this.#values.get(keyOf(path))?.range ?? [0, 0]
    const source = this.#text.slice(start, end)
    const offset = source.indexOf(text)
    if (offset === -1 || text === '') return this.#placeOf(path, 'value')
    return this.place(start + offset + from, start + offset + to)
  }
}

/** In quotes it is a key like any other. */
function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.source === '<<'
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}

function typed(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
