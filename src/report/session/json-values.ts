import { createReadStream } from 'node:fs'

const CHUNK_BYTES = 1024 * 1024
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const LIST_START = 0x5b
const BYTE_ORDER_MARK = '\uFEFF'

/**
 * The objects of a JSON file one by one, however they are laid out: the elements of an array, or objects that
 * follow each other as in JSON lines. What is no object is told to `onDamage`, and so is a file that ends early.
 * The file is read in pieces; no more than one object is held.
 *
 * @yields one object after the other
 */
export async function* readJsonObjects(
  path: string,
  onDamage: (sentence: string) => void,
): AsyncGenerator<Record<string, unknown>> {
  const splitter = new Splitter()
  let number = 0
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    for (const text of splitter.take(chunk as Buffer)) {
      number += 1
      const value = parseLeniently(text)
      if (isObject(value)) yield value
      else onDamage(`element ${number} is no object: it is left out`)
    }
  }
  if (splitter.isWithin) onDamage('it ends in the middle: the rest is lost')
  else if (number === 0 && !splitter.sawList) onDamage('it holds no JSON')
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A finite number; null for everything else. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Cuts a stream of bytes into the elements of the outermost array, or the outermost objects. */
class Splitter {
  /** There is an outermost array. */
  sawList = false
  #depth = 0
  /** Depth at which elements stand: 1 within an array, 0 without one. */
  #base = 0
  #inString = false
  #escaped = false
  #parts: Buffer[] = []

  /** Something was begun and did not end. */
  get isWithin(): boolean {
    return this.#inString || this.#depth > 0
  }

  take(chunk: Buffer): string[] {
    const texts: string[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#inString) {
        at = this.#endOfString(chunk, at)
        continue
      }
      const byte = chunk[at]!
      if (byte === QUOTE) {
        this.#inString = true
      } else if (OPENING.has(byte)) {
        if (this.#depth === 0 && byte === LIST_START && !this.sawList) {
          this.sawList = true
          this.#base = 1
          this.#parts = []
          from = at + 1
        }
        this.#depth += 1
      } else if (CLOSING.has(byte)) {
        this.#depth = Math.max(0, this.#depth - 1)
        const isElement = this.#depth === this.#base
        // The end of the array itself ends a last element that is neither object nor array.
        if (isElement || (this.#base === 1 && this.#depth === 0)) {
          const end = isElement ? at + 1 : at
          this.#end(texts, chunk.subarray(from, end))
          from = at + 1
        }
      } else if (byte === COMMA && this.#depth === this.#base) {
        this.#end(texts, chunk.subarray(from, at))
        from = at + 1
      }
    }
    if (from < chunk.length) this.#parts.push(chunk.subarray(from))
    return texts
  }

  #end(texts: string[], last: Buffer): void {
    const text = Buffer.concat([...this.#parts, last])
      .toString()
      .replace(BYTE_ORDER_MARK, '')
      .trim()
    this.#parts = []
    if (text !== '') texts.push(text)
  }

  /** Index of the closing quote, or of the last byte where the string goes on. */
  #endOfString(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) {
        this.#inString = false
        return at
      }
    }
    return chunk.length - 1
  }
}

/** Some writers of JSON let NaN and Infinity through: they are null. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const bare = /("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g
    const repaired = text.replaceAll(bare, (_, quoted?: string) => quoted ?? 'null')
    try {
      return JSON.parse(repaired)
    } catch {
      return undefined
    }
  }
}
