import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { AppendFile } from '../journal/append-file.ts'
import { TELEMETRY_FILE, telemetryHeader, telemetryLines } from '../projections/telemetry-file.ts'
import { presentText } from './present-text.ts'

/** Finds out from where on a `telemetry.csv` is not what the samples of the journal make of it, and writes that. */
export class TelemetryRecovery {
  readonly #path: string
  readonly #present: Buffer
  /** Bytes of the file that are as they should be. */
  #size = 0
  #missing: string[] = []

  private constructor(path: string, present: Buffer) {
    this.#path = path
    this.#present = present
  }

  static async open(directory: string): Promise<TelemetryRecovery> {
    const path = join(directory, TELEMETRY_FILE)
    return new TelemetryRecovery(path, await presentText(path))
  }

  /** Takes the next event of the journal. */
  take(entry: JournalEntry): void {
    if (entry.type !== 'sample') return
    const isFirst = this.#size === 0 && this.#missing.length === 0
    const text =
      (isFirst ? telemetryHeader(entry.from_part !== undefined) : '') +
      telemetryLines(entry).join('')
    const bytes = Buffer.from(text)
    const end = this.#size + bytes.length
    const isThere = this.#present.subarray(this.#size, end).equals(bytes)
    if (isThere && this.#missing.length === 0) this.#size = end
    else this.#missing.push(text)
  }

  /** Whether more stands there than was sampled. */
  async #hasMore(): Promise<boolean> {
    const facts = await stat(this.#path).catch(() => null)
    return facts !== null && facts.size > this.#size
  }

  /** Writes what is missing. Returns the bytes of the file. */
  async complete(): Promise<number> {
    if (this.#missing.length === 0 && !(await this.#hasMore())) return this.#size
    const file = await AppendFile.open(this.#path, this.#size)
    try {
      await file.append(Buffer.from(this.#missing.join('')), { sync: true })
      return file.size
    } finally {
      await file.close()
    }
  }
}
