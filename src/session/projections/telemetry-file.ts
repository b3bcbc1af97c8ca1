import { join } from 'node:path'
import type { EventOf, JournalEntry } from '../../events/index.ts'
import { AppendFile } from '../journal/append-file.ts'
import { oneLine } from './progression.ts'

export const TELEMETRY_FILE = 'telemetry.csv'

/** The first line of `telemetry.csv`; shares are from 0 to 1. */
export const TELEMETRY_HEADER = `${[
  'time',
  'gpu_index',
  'gpu_name',
  'vram_used_gb',
  'vram_total_gb',
  'gpu_utilization_share',
  'gpu_throttled',
  'gpu_figures_stale',
  'cpu_share',
  'ram_used_gb',
  'ram_total_gb',
  'swap_used_gb',
].join(',')}\n`

/** The lines of a sample, each with its line break: one for each GPU, or one where there is none. */
export function telemetryLines({
  time,
  ...sample
}: EventOf<'sample'> & { time: string }): string[] {
  const { gpus, stale, cpu, ram_used, ram_total, swap_used } = sample
  const rows = gpus.map(({ index, name, vram_used, vram_total, utilization, throttled }) => {
    return [index, quoted(name), vram_used, vram_total, utilization, throttled, stale]
  })
  const none = [null, null, null, null, null, null, null]
  return (rows.length > 0 ? rows : [none]).map(
    (row) => `${[time, ...row, cpu, ram_used, ram_total, swap_used].map(cell).join(',')}\n`,
  )
}

/** `telemetry.csv` of a session. What could not be written is left out: the journal has it. */
export class TelemetryFile {
  #file: AppendFile | null = null
  #last: Promise<void> = Promise.resolve()
  readonly #path: string
  readonly #onFault: (error: unknown) => void

  constructor(directory: string, onFault: (error: unknown) => void) {
    this.#path = join(directory, TELEMETRY_FILE)
    this.#onFault = onFault
  }

  /** Takes events; those that are no samples do not concern it. */
  append(entries: readonly JournalEntry[]): void {
    const lines = entries.flatMap((entry) => (entry.type === 'sample' ? telemetryLines(entry) : []))
    if (lines.length === 0) return
    this.#last = this.#last.then(() => this.#write(lines)).catch(this.#onFault)
  }

  async close(): Promise<void> {
    await this.#last
    await this.#file?.close()
  }

  async #write(lines: string[]): Promise<void> {
    if (this.#file?.broken === true) {
      await this.#file.close()
      this.#file = null
    }
    this.#file ??= await AppendFile.open(this.#path)
    const head = this.#file.size === 0 ? TELEMETRY_HEADER : ''
    await this.#file.append(Buffer.from(head + lines.join('')), { sync: false })
  }
}

const cell = (value: string | number | boolean | null): string => (value === null ? '' : `${value}`)

/** A name comes from a tool: it is no formula, and never more than one cell. */
function quoted(name: string): string {
  const plain = oneLine(name).replace(/^[=+\-@]/, "'$&")
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
