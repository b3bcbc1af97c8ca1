import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { withoutSecrets } from '../host/secrets.ts'
import { lineBuffer, pushLine } from './line-buffer.ts'
import type { ServiceLog } from './screen-state.ts'

/** What is read at once: more than any screen shows. */
const WINDOW_BYTES = 64 * 1_024
const LINES = 1_000
/** A pipe in place of the file would hold up whoever opens it. Windows has neither. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** The end of a file that grows, read a piece at a time. */
export class LogTail {
  readonly path: string
  readonly #file: string
  readonly #lines = lineBuffer(LINES)
  #decoder = new StringDecoder('utf8')
  /** Bytes that were read; null before the first look. */
  #position: number | null = null
  #partial = ''
  #isReading = false

  constructor(path: string, file: string) {
    this.path = path
    this.#file = file
  }

  /** What is known of the file. */
  get log(): ServiceLog {
    const { lines, dropped: first } = this.#lines
    return {
      file: this.#file,
      lines: this.#partial === '' ? lines : [...lines, withoutSecrets(this.#partial)],
      first,
    }
  }

  /** Reads what is new. A file that is not there, or cannot be read, has nothing new. */
  async refresh(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      await this.#read()
    } catch {
      // A log that is not there yet, or no more: what was read of it stays in sight.
    } finally {
      this.#isReading = false
    }
  }

  async #read(): Promise<void> {
    const handle = await open(this.path, READ_ONLY)
    try {
      const facts = await handle.stat()
      if (!facts.isFile()) return
      const { size } = facts
      const from = Math.max(this.#position ?? 0, size - WINDOW_BYTES)
      // The first line of a window is most likely torn.
      const isTorn = from > (this.#position ?? 0)
      if (isTorn) this.#restart()
      if (size <= from) return
      const buffer = Buffer.alloc(size - from)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
      this.#position = from + bytesRead
      this.#add(this.#decoder.write(buffer.subarray(0, bytesRead)), isTorn)
    } finally {
      await handle.close()
    }
  }

  #restart(): void {
    this.#decoder = new StringDecoder('utf8')
    this.#partial = ''
  }

  #add(text: string, isTorn: boolean): void {
    const lines = (this.#partial + text).split(/\r?\n/)
    this.#partial = (lines.pop() ?? '').slice(-WINDOW_BYTES)
    for (const each of isTorn ? lines.slice(1) : lines) {
      pushLine(this.#lines, withoutSecrets(each))
    }
  }
}
