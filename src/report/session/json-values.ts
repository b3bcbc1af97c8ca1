import { messageOf } from '../../errors.ts'
import { openRegularFile } from '../../host/regular-file.ts'

const CHUNK_BYTES = 1024 * 1024
/** A longer element is left out. */
const LONGEST_ELEMENT_BYTES = 64 * 1024 * 1024
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const LIST_START = 0x5b
const BYTE_ORDER_MARK = '\uFEFF'

/**
 * The objects of a JSON file one by one, however they are laid out: the elements of an array, or objects that
 * follow each other as in JSON lines. What is no object, or larger than 64 MiB, is told to `onDamage`, and so is a
 * file that ends early or cannot be read. The file is read in pieces; no more than one object is held.
 *
 * @yields one object after the other
 */
export async function* readJsonObjects(
  path: string,
  onDamage: (sentence: string) => void,
): AsyncGenerator<Record<string, unknown>> {
  const splitter = new Splitter()
  let number = 0
  for await (const chunk of chunksOf(path, onDamage)) {
    for (const text of splitter.take(chunk)) {
      number += 1
      const value = text === null ? undefined : parseLeniently(text)
      if (isObject(value)) yield value
      else {
        const what = text === null ? 'is larger than 64 MiB' : 'is no object'
        onDamage(`element ${number} ${what}: it is left out`)
      }
    }
  }
  if (splitter.isWithin) onDamage('it ends in the middle: the rest is lost')
  else if (number === 0 && !splitter.sawList) onDamage('it holds no JSON')
}

async function* chunksOf(
  path: string,
  onDamage: (sentence: string) => void,
): AsyncGenerator<Buffer> {
  try {
    const file = await openRegularFile(path)
    yield* file.createReadStream({ highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>
  } catch (error) {
    onDamage(`it cannot be read (${messageOf(error)})`)
  }
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
  /** Bytes of the element, held or not. */
  #size = 0

  /** Something was begun and did not end. */
  get isWithin(): boolean {
    return this.#inString || this.#depth > 0
  }

  /** The elements that end within the next chunk; null for one that is too large. */
  take(chunk: Buffer): (string | null)[] {
    const texts: (string | null)[] = []
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
          this.#size = 0
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
    if (from < chunk.length) this.#hold(chunk.subarray(from))
    return texts
  }

  #hold(bytes: Buffer): void {
    this.#size += bytes.length
    if (this.#size > LONGEST_ELEMENT_BYTES) this.#parts = []
    else this.#parts.push(bytes)
  }

  #end(texts: (string | null)[], last: Buffer): void {
    this.#hold(last)
    const isTooLarge = this.#size > LONGEST_ELEMENT_BYTES
    const text = Buffer.concat(this.#parts).toString().replace(BYTE_ORDER_MARK, '').trim()
    this.#parts = []
    this.#size = 0
    if (isTooLarge) texts.push(null)
    else if (text !== '') texts.push(text)
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
    try {
      const bare = /("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g
      return JSON.parse(text.replaceAll(bare, (_, quoted?: string) => quoted ?? 'null'))
    } catch {
      return undefined
    }
  }
}
