/*
 * `system_info.yaml` as `system-yaml.ts` writes it, and nothing else of YAML: to load a reader of all of it and to have
 * it read a page takes longer than all else of a small session.
 */

import { isPlainText, PRINTABLE } from './yaml-scalars.ts'

type Scalar = string | number | boolean | null
type Value = Scalar | Value[] | { [key: string]: Value }
type Members = Record<string, Value>

const WORDS: ReadonlyMap<string, Scalar> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`
const KEY = String.raw`(?:${QUOTED}|[A-Za-z/][\w ./()+@=-]*)`
/** A member of a map that is laid out in lines. */
const LINE = new RegExp(`^( *)(${KEY}):(?: (.*))?$`, 's')
/** A member of one in braces. */
const MEMBER = new RegExp(`(${KEY}): (${QUOTED}|[^",{}]+)(?:, |$)`, 'y')
const ITEM = /^ {4}- (\{ .* \})$/
const BLOCK = /^\|(2?)([+-]?)$/
/** Its lines are this far in. */
const BLOCK_INDENT = '    '

class NotOurs extends Error {}

/** What the text says; null where it is not laid out as ours is, so that YAML itself must be asked. */
export function readSystemYaml(text: string): Members | null {
  if (!PRINTABLE.test(text) || !text.endsWith('\n')) return null
  try {
    return mapOf(text.slice(0, -1).split('\n'))
  } catch (error) {
    if (error instanceof NotOurs) return null
    throw error
  }
}

function mapOf(lines: readonly string[]): Members {
  const top: Members = {}
  /** The map of the key above, and the list of the one above that: where nothing stands behind their colons. */
  let [inner, list]: [Members | null, Value[] | null] = [null, null]
  const opened: (Members | Value[])[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    const item = ITEM.exec(line)?.[1]
    if (item !== undefined) {
      if (list === null) throw new NotOurs()
      list.push(braced(item))
      continue
    }
    const [, indent, key, value] = LINE.exec(line) ?? []
    const map = indent === '' ? top : indent === '  ' ? inner : null
    if (map === null || key === undefined) throw new NotOurs()
    if (indent === '') inner = null
    list = null
    const block = value === undefined ? null : BLOCK.exec(value)
    if (block !== null) {
      // Its lines count from where the key stands: those of one further out would have spaces of their own.
      if (indent === '' && block[1] === '2') throw new NotOurs()
      // Nothing follows it.
      set(map, key, blockText(lines.slice(at + 1), block[1] === '2', block[2]!))
      break
    }
    if (value !== undefined) set(map, key, valueOf(value))
    else if (indent === '') opened.push((inner = {}))
    else opened.push((list = []))
    if (value === undefined) set(map, key, opened.at(-1)!)
  }
  // To YAML it is null.
  if (opened.some((one) => Object.keys(one).length === 0)) throw new NotOurs()
  return top
}

function set(map: Members, key: string, value: Value): void {
  const name = scalarOf(key)
  if (typeof name !== 'string' || name === '__proto__' || Object.hasOwn(map, name)) {
    throw new NotOurs()
  }
  map[name] = value
}

function valueOf(text: string): Value {
  if (text === '[]') return []
  if (text === '{}') return {}
  return text.startsWith('{') ? braced(text) : scalarOf(text)
}

/** `{ a: 1, b: "2" }` */
function braced(text: string): Members {
  if (!text.startsWith('{ ') || !text.endsWith(' }')) throw new NotOurs()
  const inside = text.slice(2, -2)
  const members: Members = {}
  for (MEMBER.lastIndex = 0; MEMBER.lastIndex < inside.length;) {
    const [, key, value] = MEMBER.exec(inside) ?? []
    if (key === undefined || value === undefined) throw new NotOurs()
    set(members, key, scalarOf(value))
  }
  // What ends in a comma has one member more.
  if (inside.endsWith(', ')) throw new NotOurs()
  return members
}

function scalarOf(text: string): Scalar {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (NUMBER.test(text)) return Number(text)
  if (text.startsWith('"')) return quoted(text)
  if (!isPlainText(text)) throw new NotOurs()
  return text
}

function quoted(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw new NotOurs()
  }
}

/** The text of a literal block; `isIndented`: its first line may begin with spaces of its own. */
function blockText(lines: readonly string[], isIndented: boolean, chomping: string): string {
  const own = lines.map((line) => {
    if (line !== '' && !line.startsWith(BLOCK_INDENT)) throw new NotOurs()
    return line.slice(BLOCK_INDENT.length)
  })
  const first = own.find((line) => line !== '')
  const last = own.at(-1)?.trim()
  const isOdd = first === undefined || (!isIndented && /^[ \t]/.test(first))
  if (isOdd || (chomping === '+') !== (last === '')) throw new NotOurs()
  return own.join('\n') + (chomping === '-' ? '' : '\n')
}
