import { AppendFile } from '../journal/append-file.ts'

/** Lines that could not be written are kept up to this size. */
const KEPT_BYTES = 1024 * 1024

/** A file of a session that gets lines: they are appended in order, and tried again where they could not be. */
export class LineFile {
  #file: AppendFile | null = null
  #waiting: Buffer[] = []
  /** What comes later is too late: it would open the file again, and nobody closed that. */
  #isClosed = false
  #last: Promise<void> = Promise.resolve()
  readonly #path: string
  readonly #head: () => string
  readonly #onFault: (error: unknown) => void

  /** `head`: what a file begins with. */
  constructor(path: string, head: () => string, onFault: (error: unknown) => void) {
    this.#path = path
    this.#head = head
    this.#onFault = onFault
  }

  /** Bytes of the file that are written. */
  get size(): number {
    return this.#file?.size ?? 0
  }

  /** Whether every line that was given stands in the file. */
  get complete(): boolean {
    return this.#waiting.length === 0
  }

  /** Appends lines, each with its line break. Resolves when this was tried. */
  append(lines: readonly string[]): Promise<void> {
    if (this.#isClosed) return this.#last
    if (lines.length > 0) this.#waiting.push(Buffer.from(lines.join('')))
    this.#last = this.#last.then(() => this.#write())
    return this.#last
  }

  /** Writes the file anew where it is not at its place any more. Returns whether it was not. */
  async restore(): Promise<boolean> {
    const found = await this.#file?.whereabouts(this.#path)
    if (found !== 'absent' && found !== 'other') return false
    await this.#file!.restoreAt(this.#path)
    return true
  }

  async close(): Promise<void> {
    const written = this.append([])
    this.#isClosed = true
    await written
    await this.#file?.close()
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    try {
      if (this.#file?.broken === true) {
        await this.#file.close()
        this.#file = null
      }
      this.#file ??= await AppendFile.open(this.#path)
      const head = this.#file.size === 0 ? [Buffer.from(this.#head())] : []
      await this.#file.append(Buffer.concat([...head, ...waiting]), { sync: false })
    } catch (error) {
      const kept = waiting.reduce((bytes, lines) => bytes + lines.length, 0) < KEPT_BYTES
      if (kept) this.#waiting = [...waiting, ...this.#waiting]
      this.#onFault(error)
    }
  }
}
