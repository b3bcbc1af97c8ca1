import type { EventOf, JournalEntry } from '../../events/index.ts'
import { BYTES_PER_GB } from '../../host/gigabytes.ts'
import { isHostDevice } from '../log/devices.ts'
import { MEMORY_PARTS } from '../../events/memory-parts.ts'
import { foreseenBytes } from './measured.ts'
import type { MemoryLoad } from './types.ts'

type Measured = EventOf<'memory_measured'>
type Need = EventOf<'memory_foreseen'>['needs'][number]

/** What is known of the machine of a run. */
interface Machine {
  /** Of the first GPU. */
  driver: string | null
  /** Versions of the engines' programs, where an engine has not told its own when it was ready. */
  engines: Readonly<Record<string, string | null>>
}

/** A load whose loadout is still up. */
interface Open {
  load: MemoryLoad
  key: string
  pid: number | null
}

/** The events that a run's loads of models are told by. */
const TYPES = new Set<JournalEntry['type']>([
  'loadout_ready',
  'loadout_stopped',
  'memory_foreseen',
  'memory_measured',
  'model_ready',
  'sample',
  'service_kept',
  'service_spawned',
])

/** What the loads of one run took, by its events, taken in one after the other. */
export class LoadsOfRun {
  readonly #session: string
  readonly #machine: Machine
  readonly #loads: MemoryLoad[] = []
  readonly #pids = new Map<string, number>()
  readonly #foreseen = new Map<string, Need>()
  #open: Open[] = []

  constructor(session: string, machine: Machine) {
    this.#session = session
    this.#machine = machine
  }

  /** Whether an event says anything of loads. */
  static reads(type: JournalEntry['type']): boolean {
    return TYPES.has(type)
  }

  observe(entry: JournalEntry): void {
    const { type } = entry
    if (type === 'service_spawned' || type === 'service_kept') {
      this.#pids.set(`${keyOf(entry)}|${entry.service}`, entry.pid)
    }
    if (type === 'memory_foreseen') {
      const key = keyOf(entry)
      for (const need of entry.needs) this.#foreseen.set(`${key}|${need.model}`, need)
    }
    if (type === 'memory_measured') this.#measure(entry)
    if (type === 'model_ready') {
      for (const { load } of this.#of(entry, entry.model)) load.digest = entry.digest ?? null
    }
    if (type === 'loadout_ready') {
      for (const { load } of this.#of(entry)) {
        load.vram_prior = bytesOf(entry.vram_prior)
        load.vram_loaded = bytesOf(entry.vram_loaded)
      }
    }
    if (type === 'sample') this.#sample(entry)
    if (type === 'loadout_stopped') {
      for (const { load } of this.#of(entry)) load.vram_after = bytesOf(entry.vram_after)
      this.#open = this.#open.filter(({ key }) => key !== keyOf(entry))
    }
  }

  /** Oldest first. */
  loads(): MemoryLoad[] {
    return [...this.#loads]
  }

  #measure(event: JournalEntry & Measured): void {
    const key = keyOf(event)
    const { process } = event
    const need = this.#foreseen.get(`${key}|${event.model}`)
    const parts = partsOf(event.parts)
    const load: MemoryLoad = {
      session: this.#session,
      time: event.time,
      engine: event.engine,
      version: event.version ?? this.#machine.engines[event.engine] ?? null,
      model: withoutContext(event.model),
      digest: null,
      quantisation: event.quantisation,
      kv_type: kvType(event.kv_types),
      flash_attention: event.flash_attention,
      slots: event.slots,
      device: event.device,
      driver: this.#machine.driver,
      unified: event.unified,
      ubatch: event.ubatch,
      context: event.context,
      layers: event.layers,
      ...parts,
      kv_tokens: event.kv_tokens,
      process_bytes:
        event.device === 'cpu' && process !== null ? process.own_bytes + process.file_bytes : null,
      peak_bytes: null,
      vram_prior: null,
      vram_loaded: null,
      vram_after: null,
      predicted_bytes: need === undefined ? null : foreseenBytes(need, parts),
    }
    this.#loads.push(load)
    this.#open.push({ load, key, pid: this.#pids.get(`${key}|${event.service}`) ?? null })
  }

  #sample({ services }: EventOf<'sample'>): void {
    if (this.#open.length === 0) return
    for (const { pid, rss, vram } of services ?? []) {
      for (const { load, pid: its } of this.#open) {
        if (its !== pid) continue
        const bytes = bytesOf(load.device === 'cpu' ? rss : vram)
        if (bytes === null) continue
        if (load.device !== 'cpu') load.process_bytes ??= bytes
        load.peak_bytes = Math.max(load.peak_bytes ?? 0, bytes)
      }
    }
  }

  #of(place: { domain: string; loadout: string }, model?: string): Open[] {
    const key = keyOf(place)
    return this.#open.filter(({ key: its, load }) => {
      return its === key && (model === undefined || load.model === withoutContext(model))
    })
  }
}

/** A model's URI without its context: loads of several contexts are of one model. */
export function withoutContext(model: string): string {
  return model.replaceAll(/#ctx=[^#]*/g, '')
}

/** `f16`, `q8_0/f16`. */
export function kvType(types: { k: string; v: string } | null): string | null {
  if (types === null) return null
  return types.k === types.v ? types.k : `${types.k}/${types.v}`
}

/** What parts come to by their names, and on GPUs; of others than the model itself too. */
export function partsOf(
  parts: Measured['parts'],
): Pick<MemoryLoad, 'parts' | 'gpu_bytes' | 'gpu_parts'> {
  const isPlaced = parts.every(({ device }) => device !== null)
  const onGpu = parts.filter(({ device }) => isHostDevice(device) === false)
  return {
    parts: sumsOf(parts),
    gpu_bytes: isPlaced ? onGpu.reduce((sum, { bytes }) => sum + bytes, 0) : null,
    gpu_parts: isPlaced ? sumsOf(onGpu) : null,
  }
}

function sumsOf(parts: Measured['parts']): MemoryLoad['parts'] {
  const sums: MemoryLoad['parts'] = {}
  for (const name of MEMORY_PARTS) {
    const own = parts.filter(({ part }) => part === name)
    if (own.length > 0) sums[name] = own.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  return sums
}

function keyOf({ domain, loadout }: { domain: string; loadout: string }): string {
  return `${domain}|${loadout}`
}

function bytesOf(gigabytes: number | null): number | null {
  return gigabytes === null ? null : Math.round(gigabytes * BYTES_PER_GB)
}
