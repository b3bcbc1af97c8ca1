import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { AppendFile } from '../journal/append-file.ts'
import { TELEMETRY_FILE, TELEMETRY_HEADER, telemetryLines } from '../projections/telemetry-file.ts'

/** Appends to the `telemetry.csv` of a run that died the samples that only the journal has. */
export class TelemetryRecovery {
  readonly #path: string
  /** Bytes of the file before the first line of its last sample, which may be torn. */
  readonly #size: number
  /** When that sample was recorded, in milliseconds since the epoch. */
  readonly #from: number
  #missing: string[] = []

  private constructor(path: string, size: number, from: number) {
    this.#path = path
    this.#size = size
    this.#from = from
  }

  static async open(directory: string): Promise<TelemetryRecovery> {
    const path = join(directory, TELEMETRY_FILE)
    const text = await readFile(path).catch(() => Buffer.alloc(0))
    const whole = text.subarray(0, text.lastIndexOf('\n') + 1)
    const lineStart = whole.lastIndexOf('\n', whole.length - 2) + 1
    const time = whole.toString('utf8', lineStart).split(',')[0] ?? ''
    const start = whole.indexOf(`\n${time},`) + 1
    const known = start > 0 && Number.isFinite(Date.parse(time))
    return known
      ? new TelemetryRecovery(path, start, Date.parse(time))
      : new TelemetryRecovery(path, 0, -Infinity)
  }

  /** Takes the next event of the journal. */
  take(entry: JournalEntry): void {
    if (entry.type !== 'sample' || Date.parse(entry.time) < this.#from) return
    this.#missing.push(...telemetryLines(entry))
  }

  async complete(): Promise<void> {
    if (this.#missing.length === 0) return
    const file = await AppendFile.open(this.#path, this.#size)
    try {
      const head = this.#size === 0 ? TELEMETRY_HEADER : ''
      await file.append(Buffer.from(head + this.#missing.join('')), { sync: true })
    } finally {
      await file.close()
    }
  }
}
