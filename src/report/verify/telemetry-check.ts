import { join } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { readRegularFile } from '../../host/regular-file.ts'
import {
  TELEMETRY_FILE,
  telemetryHeader,
  telemetryLines,
} from '../../session/projections/telemetry-file.ts'
import type { Difference } from './types.ts'

/** A longer one is none of ours. */
const MOST_BYTES = 1024 * 1024 * 1024

/** Goes along `telemetry.csv` while the journal is read: whether it holds just its samples. */
export class TelemetryCheck {
  readonly #present: Buffer | null
  #at = 0
  #line = 1
  #differsFrom: number | null = null

  private constructor(present: Buffer | null) {
    this.#present = present
  }

  static async open(directory: string): Promise<TelemetryCheck> {
    const path = join(directory, TELEMETRY_FILE)
    return new TelemetryCheck(await readRegularFile(path, MOST_BYTES).catch(() => null))
  }

  take(entry: JournalEntry): void {
    if (entry.type !== 'sample') return
    if (this.#at === 0) this.#expect(telemetryHeader(entry.from_part !== undefined))
    for (const line of telemetryLines(entry)) this.#expect(line)
  }

  end(): Difference[] {
    const present = this.#present
    if (present === null) return this.#at === 0 ? [] : [different('is not there')]
    if (this.#differsFrom !== null) {
      return [
        different(
          `is not what the samples of events.jsonl make, from line ${this.#differsFrom} on`,
        ),
      ]
    }
    if (present.length === this.#at) return []
    return [different(`has more than the samples of events.jsonl make, from line ${this.#line} on`)]
  }

  #expect(line: string): void {
    const bytes = Buffer.from(line)
    const there = this.#present?.subarray(this.#at, this.#at + bytes.length)
    if (there !== undefined && !there.equals(bytes)) this.#differsFrom ??= this.#line
    this.#at += bytes.length
    this.#line += 1
  }
}

function different(what: string): Difference {
  return { file: TELEMETRY_FILE, what, mendable: true }
}
