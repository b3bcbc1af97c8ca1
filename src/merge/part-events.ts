import {
  type JournalEntry,
  type ScenarioResult,
  type SessionEvent,
  shardText,
  upperFirst,
} from '../events/index.ts'
import { domainFault } from '../plan/domain-name.ts'
import { gpuText } from './hosts.ts'
import { NamedFiles, type OnRefused } from './named-files.ts'
import { type Leg, legOf, type PartSource } from './part-source.ts'
import { shiftedTime } from './shifted-time.ts'

/** What the merged session tells itself. */
const TOLD_ANEW: ReadonlySet<SessionEvent['type']> = new Set([
  'run_started',
  'run_resumed',
  'run_ended',
  'totals',
  'domain_started',
  'gate_checked',
])

interface Setting {
  sources: readonly PartSource[]
  labels: ReadonlyMap<number, string>
  /** Directory of the merged session. */
  directory: string
  /** Milliseconds since the epoch at which the first part began, by one clock. */
  origin: number
  onRefused: (source: PartSource, ...refused: Parameters<OnRefused>) => void
}

/** Events of parts as they are those of the merged session: with its files, with their hosts, and by one clock. */
export class PartEvents {
  readonly #setting: Setting
  readonly #files: ReadonlyMap<number, NamedFiles>
  readonly #causes = new Set<string>()

  constructor(setting: Setting) {
    this.#setting = setting
    const { sources, directory: to, onRefused } = setting
    this.#files = new Map(
      sources.map((source) => {
        const { directory, place } = source
        const refused: OnRefused = (file, why) => onRefused(source, file, why)
        return [place, new NamedFiles(directory, to, place, refused)]
      }),
    )
  }

  /** Null for what the merged session tells itself. */
  async eventOf(source: PartSource, entry: JournalEntry): Promise<SessionEvent | null> {
    if ('domain' in entry && entry.domain !== null && domainFault(entry.domain) !== null)
      return null
    const { seq, time: __, elapsed: ___, check: ____, from_part: _____, ...event } = entry
    const files = this.#files.get(source.place)!
    if (TOLD_ANEW.has(event.type)) return null
    if (event.type === 'cancelled') {
      const message = `${upperFirst(shardText(source.shard))} was cancelled: ${event.reason}`
      return { type: 'note', level: 'WARN', message }
    }
    if (event.type === 'cause_found') {
      if (this.#causes.has(event.id)) return null
      this.#causes.add(event.id)
    }
    if (event.type === 'service_spawned' || event.type === 'service_kept') {
      return { ...event, log: await files.log(event.log) }
    }
    if (event.type !== 'scenario_ended') return event
    const result = await files.take(event.result)
    return { ...event, result: this.#placed(legOf(source, seq), result) }
  }

  #placed({ place, gpus, clockAhead }: Leg, result: ScenarioResult): ScenarioResult {
    const host = this.#setting.labels.get(place) ?? 'unknown'
    const gpu = gpuText(gpus)
    const { started_at: started } = result
    const started_at = started === null ? null : shiftedTime(started, clockAhead ?? 0)
    return { ...result, started_at, host, ...(gpu !== '' && { gpu }) }
  }

  /** When it was: by the clock of the shared disk, and counted from the begin of the first part. */
  stampOf(
    source: PartSource,
    { seq, time, elapsed }: Pick<JournalEntry, 'seq' | 'time' | 'elapsed'>,
  ): { time: string; elapsed: number } {
    const begun = Date.parse(source.begin.time) - source.clockAhead * 1_000
    const put = shiftedTime(time, legOf(source, seq).clockAhead ?? 0)
    const at = elapsed === undefined ? Date.parse(put) : begun + elapsed * 1_000
    const since = Math.max(0, Math.round(at - this.#setting.origin))
    return { time: put, elapsed: since / 1_000 }
  }
}
