import { metrics as catalogue } from '../../metrics/catalogue.ts'
import type { Counts } from '../../events/index.ts'
import type { ReportedResult } from '../session/types.ts'
import { oneLine, visible } from './escape.ts'
import {
  MOST_COLUMNS,
  MOST_NAME,
  MOST_OTHER_ROWS,
  MOST_PASSED_ROWS,
  MOST_PREVIEW,
} from './limits.ts'
import { shares } from './shares.ts'
import { short } from './spread.ts'
import { type PageRows, STATUSES } from './types.ts'

/** What the table and the charts show first. */
const FIRST_COLUMNS = [
  'ttft',
  'tps',
  'rtf',
  'wer',
  'match',
  'e2el',
  'decode_tps',
  'ttfa',
  'cer',
  'rtfx',
  'tpot',
  'itl_p99',
  'tts_wer',
  'output_tokens',
]
const ORDER = [...new Set([...FIRST_COLUMNS, ...catalogue.map(({ key }) => key)])]
const RANKS = new Map(ORDER.map((key, rank) => [key, rank]))
/** Columns that are gathered before the first ones of them are taken. */
const MOST_GATHERED = 64

type Places = 'host' | 'gpu' | 'hostNames' | 'gpuNames'

/** Puts results into columns, up to a limit; failures have one of their own. */
export class Rows {
  readonly #rows: Omit<PageRows, 'flagNames' | 'metrics' | 'start' | Places> = {
    id: [],
    name: [],
    loadout: [],
    status: [],
    duration: [],
    repeat: [],
    retries: [],
    flags: [],
    vramPeak: [],
    preview: [],
    cause: [],
    block: [],
  }
  /** Milliseconds since the epoch. */
  readonly #starts: (number | null)[] = []
  readonly #flags = new Map<string, number>()
  readonly #hosts = new Names()
  readonly #gpus = new Names()
  readonly #metrics = new Map<string, (number | null)[]>()
  /** How many more of each loadout fit: those that passed, and the others. */
  readonly #rooms: Readonly<Record<'passed' | 'others', number[]>>
  leftOut = 0
  readonly #causes: ReadonlyMap<string, number>

  /** For loadouts of these counts, and causes of these ids. */
  constructor(counts: readonly Counts[], causes: readonly string[]) {
    this.#causes = new Map(causes.map((id, index) => [id, index]))
    const passed = counts.map((one) => one.passed)
    const others = counts.map((one) => one.failed + one.missing + one.interrupted + one.skipped)
    this.#rooms = {
      passed: shares(passed, MOST_PASSED_ROWS),
      others: shares(others, MOST_OTHER_ROWS),
    }
  }

  get length(): number {
    return this.#starts.length
  }

  /** The earliest start of a result, in milliseconds; null where none has one. */
  get earliest(): number | null {
    let earliest: number | null = null
    for (const start of this.#starts) {
      if (start !== null && (earliest === null || start < earliest)) earliest = start
    }
    return earliest
  }

  /** Takes room for one more result of the loadout of that index; counts it as left out where there is none. */
  takeRoom({ status }: Pick<ReportedResult, 'status'>, loadout: number): boolean {
    const rooms = this.#rooms[status === 'PASSED' ? 'passed' : 'others']
    const room = rooms[loadout] ?? 0
    if (room > 0) rooms[loadout] = room - 1
    else this.leftOut += 1
    return room > 0
  }

  /** Adds a result of the loadout of that index, its details in that block. */
  add(result: ReportedResult, loadout: number, block: number): void {
    const rows = this.#rows
    const start = result.started_at === null ? Number.NaN : Date.parse(result.started_at)
    rows.id.push(visible(result.id.slice(0, MOST_NAME)))
    rows.name.push(oneLine(result.name, MOST_NAME))
    rows.loadout.push(loadout)
    rows.status.push(Math.max(0, STATUSES.indexOf(result.status)))
    rows.duration.push(result.duration)
    rows.repeat.push(result.repeat)
    rows.retries.push(result.retries)
    rows.flags.push(this.#flagsOf(result))
    rows.vramPeak.push(result.vram_peak)
    const text = result.errors[0]?.message ?? result.output_text
    rows.preview.push(text ? oneLine(text, MOST_PREVIEW) : null)
    rows.cause.push(this.#causes.get(result.cause ?? '') ?? -1)
    rows.block.push(block)
    this.#hosts.add(result.host)
    this.#gpus.add(result.gpu)
    this.#starts.push(Number.isNaN(start) ? null : start)
    this.#addMetrics(result)
  }

  /** All columns; the starts in seconds from `origin`. */
  columns(origin: number | null): PageRows {
    const start = this.#starts.map((time) =>
      time === null || origin === null ? null : (time - origin) / 1_000,
    )
    const metrics = [...this.#metrics]
      .toSorted(([a], [b]) => rankOf(a) - rankOf(b))
      .slice(0, MOST_COLUMNS)
      .map(([key, values]) => [key, filled(values, this.length)])
    return {
      ...this.#rows,
      start,
      ...this.#places(),
      flagNames: [...this.#flags.keys()],
      metrics: Object.fromEntries(metrics) as PageRows['metrics'],
    }
  }

  #places(): Pick<PageRows, Places> {
    if (this.#hosts.names.length < 2) return {}
    const gpus = { gpu: this.#gpus.indices, gpuNames: this.#gpus.names }
    const hosts = { host: this.#hosts.indices, hostNames: this.#hosts.names }
    return this.#gpus.names.some(Boolean) ? { ...hosts, ...gpus } : hosts
  }

  #addMetrics({ metrics }: ReportedResult): void {
    const at = this.length - 1
    for (const key of Object.keys(metrics)) {
      const value = metrics[key]
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      let values = this.#metrics.get(key)
      if (values === undefined) {
        if (this.#metrics.size >= MOST_GATHERED) continue
        values = []
        this.#metrics.set(key, values)
      }
      filled(values, at).push(short(value))
    }
  }

  #flagsOf({ flags, cold }: ReportedResult): number[] | null {
    if (flags.length === 0 && cold !== true) return null
    const all = new Set(flags.map((flag) => oneLine(flag, MOST_NAME)))
    if (cold === true) all.add('cold')
    if (all.size === 0) return null
    return [...all].map((flag) => {
      if (!this.#flags.has(flag)) this.#flags.set(flag, this.#flags.size)
      return this.#flags.get(flag) ?? 0
    })
  }
}

/** Names of which there are few, by their numbers. */
class Names {
  readonly indices: number[] = []
  readonly #known = new Map<string, number>()

  get names(): string[] {
    return [...this.#known.keys()]
  }

  add(given: string | undefined): void {
    const name = oneLine(given ?? '', MOST_NAME)
    if (!this.#known.has(name)) this.#known.set(name, this.#known.size)
    this.indices.push(this.#known.get(name) ?? 0)
  }
}

function rankOf(key: string): number {
  return RANKS.get(key) ?? RANKS.size
}

/** The list with nulls up to that length. */
function filled(values: (number | null)[], length: number): (number | null)[] {
  while (values.length < length) values.push(null)
  return values
}
