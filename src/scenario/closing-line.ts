import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** So much of a log's end is looked at for one line, and for the last one. */
const TAIL_BYTES = 64 * 1024
const LAST_BYTES = 4 * 1024
/** Of a longer line the beginning says what kind of line it is. */
const SHAPE_LENGTH = 200
/** Times, numbers, addresses, ids and units: all that differs from one request to the next. */
const VARYING = /(?:[\d.:/-]*\d[\d.:/-]*(?:[nµum]?s|[mh])?)+/g

/**
 * The kind of line that a service writes last for each request: `slot release: …` of llama-server, `[GIN] … "/api/chat"`
 * of Ollama. Once it is known, its coming shows that nothing more comes of an answer.
 */
export class ClosingLine {
  readonly #path: string
  #shape: string | null
  #isSure = false

  /** @param path - of a log, whose last line is likely to be one already */
  constructor(path: string) {
    this.#path = path
    this.#shape = this.#shapesSince(0, LAST_BYTES).at(-1) ?? null
  }

  /** It has ended what was written for two requests. */
  get isSure(): boolean {
    return this.#isSure
  }

  /** Whether it has come since the log was so long. */
  cameSince(from: number): boolean {
    return this.#shape !== null && this.#shapesSince(from).includes(this.#shape)
  }

  /**
   * An answer has come for a request that was sent when the log was so long. `isQuiet`: so long ago that all of its lines
   * are there.
   */
  learn(from: number, isQuiet: boolean): void {
    const last = this.#shapesSince(from, LAST_BYTES).at(-1)
    if (last === undefined) return
    if (last === this.#shape) this.#isSure = true
    else if (isQuiet) this.#set(last)
  }

  /** It has not come when it should have. */
  forget(): void {
    this.#set(null)
  }

  #set(shape: string | null): void {
    this.#shape = shape
    this.#isSure = false
  }

  /** What whole lines look like without what differs from one to the next. */
  #shapesSince(from: number, limit = TAIL_BYTES): string[] {
    const lines = tailOf(this.#path, from, limit).split('\n').slice(0, -1)
    return lines.map(shapeOf).filter((shape) => shape !== '')
  }
}

function shapeOf(line: string): string {
  return line.slice(0, SHAPE_LENGTH).replace(VARYING, '0').replace(/\s+/g, ' ').trim()
}

/** The end of a file from a place on, of so many bytes at most; empty where there is none. */
function tailOf(path: string, from: number, limit: number): string {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const { size } = fstatSync(file)
    const start = Math.max(from, size - limit)
    const bytes = Buffer.allocUnsafe(Math.max(0, size - start))
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, start))
  } catch {
    return ''
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
