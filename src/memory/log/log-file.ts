import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { EngineLogReader } from './engine-log-reader.ts'
import type { LogLoad } from './types.ts'

/** So much of a log is read at a time, in pieces; what an engine says of a load stands within it. */
const MOST_BYTES = 4 * 1024 * 1024
const PIECE_BYTES = 256 * 1024

/** The log of an engine that is still written to, read for what it says of memory. */
export class LogFile {
  readonly #path: string
  readonly #reader = new EngineLogReader()
  #at = 0
  readonly #decoder = new StringDecoder()
  /** A line whose end has not come yet. */
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Every load that it has told of so far, oldest first. Of what came since the last call the first and the last of a very
   * long log are read. `isOver`: nobody writes to it any more, and a last line needs no end. Never rejects: a log that
   * cannot be read says nothing.
   */
  async loads({ isOver = false } = {}): Promise<LogLoad[]> {
    await this.#readOn().catch(() => {})
    if (isOver) this.#take(`${this.#decoder.end()}\n`)
    return this.#reader.loads()
  }

  async #readOn(): Promise<void> {
    const file = await open(this.#path)
    try {
      const { size } = await file.stat()
      const end = Math.min(size, this.#at + MOST_BYTES)
      await this.#readPart(file, end)
      if (size - end > MOST_BYTES) {
        this.#at = size - MOST_BYTES
        this.#rest = ''
      }
      await this.#readPart(file, size)
    } finally {
      await file.close()
    }
  }

  async #readPart(file: Awaited<ReturnType<typeof open>>, end: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(end - this.#at, 1)))
    while (this.#at < end) {
      const length = Math.min(buffer.length, end - this.#at)
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      const { bytesRead } = await file.read(buffer, 0, length, this.#at)
      if (bytesRead === 0) return
      this.#at += bytesRead
      this.#take(this.#decoder.write(buffer.subarray(0, bytesRead)))
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '').slice(0, PIECE_BYTES)
    for (const line of lines) this.#reader.line(line)
  }
}
