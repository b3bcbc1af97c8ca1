import type { OwnGpu } from '../host/own-gpus.ts'
import { LoopingTool } from './looping-tool.ts'
import { SingleLook } from './single-look.ts'
import {
  gpuQuery,
  INVALID_FIELD,
  parseGpu,
  parseProcess,
  PROCESS_QUERY,
  REASON_FIELDS,
} from './nvidia-csv.ts'
import type { GpuProcess, GpuSample, GpuSource, GpuSourceEvents, SamplerGuard } from './types.ts'

export interface NvidiaOptions {
  env: NodeJS.ProcessEnv
  intervalMs: number
  guard: SamplerGuard | undefined
  /** Those to be told of. @default all that the tool lists */
  gpus?: readonly OwnGpu[] | null
  /** See {@link LoopingTool}. */
  patienceMs?: number
}

const FORMAT = '--format=csv,noheader,nounits'
/** The lines of one look at several GPUs come together: after a pause as long as this it is complete. */
const SETTLE_MS = 100
/** A process that was not listed for so many intervals holds no memory any more. */
const INTERVALS_UNTIL_GONE = 2.5
/** A device that was not told of for so many intervals is lost. */
const INTERVALS_UNTIL_LOST = 10
/** So long the tool may take to tell of processes that were there before it was started. */
const SLOW_START_MS = 5_000
/** What nvidia-smi says where its driver is there and no GPU. */
const NO_DEVICES = /No devices were found/i
/** A list longer than this is no list of processes. */
const MOST_PROCESSES = 4_096

/** NVIDIA's GPUs: `nvidia-smi` in loop mode, one process for the devices and one for what runs on them. */
export class NvidiaSource implements GpuSource {
  readonly #devices: LoopingTool
  readonly #apps: LoopingTool
  readonly #once: SingleLook
  readonly #intervalMs: number
  readonly #own: readonly OwnGpu[] | null
  /** By uuid: a driver that was loaded anew may give its cards other numbers. */
  readonly #gpus = new Map<string, { gpu: GpuSample; at: number }>()
  /** The number of each card that was ever told: it keeps that for the whole run. */
  readonly #numbers = new Map<string, number>()
  readonly #told = new Set<string>()
  readonly #seen = new Map<number, { process: GpuProcess; at: number }>()
  #reasons = 0
  /** When processes were first asked for, and first told of, by `performance.now()`. */
  #askedForProcesses: number | null = null
  #firstTold: number | null = null
  /** So many devices make a look complete; 0: not known yet. */
  #expected = 0
  #settled: NodeJS.Timeout | undefined
  #events: GpuSourceEvents = { onReading: () => {}, onFailing: () => {} }

  constructor({ env, intervalMs, guard, gpus = null, ...options }: NvidiaOptions) {
    this.#intervalMs = intervalMs
    this.#own = gpus
    const args = (query: string): string[] => [query, FORMAT, '-lms', String(intervalMs)]
    const tool = { file: 'nvidia-smi', env, intervalMs, guard, ...options }
    this.#devices = new LoopingTool({
      ...tool,
      args: () => args(gpuQuery(REASON_FIELDS[this.#reasons]!)),
      onLine: (line) => this.#onDevice(line),
      onFailing: () => this.#events.onFailing(),
    })
    this.#apps = new LoopingTool({
      ...tool,
      // Where nothing runs, nothing is printed.
      mayBeSilent: true,
      args: () => args(PROCESS_QUERY),
      onLine: (line) => this.#onProcess(line),
      onFailing: () => {},
    })
    // What takes longer than the next line of the loop is of no use.
    this.#once = new SingleLook({ file: tool.file, env, guard, patienceMs: intervalMs })
  }

  get problem(): string | null {
    const { absent, problem } = this.#devices
    if (absent) return 'nvidia-smi is not on the PATH'
    return problem === null ? this.#withoutMemory() : `nvidia-smi gives no figures: ${problem}`
  }

  get failing(): boolean {
    return this.#devices.failing
  }

  get absent(): boolean {
    return this.#devices.absent || NO_DEVICES.test(this.#devices.problem ?? '')
  }

  start(events: GpuSourceEvents): void {
    this.#events = events
    this.#devices.start()
  }

  look(): void {
    if (this.#expected > 0 && !this.failing) void this.#lookOnce()
  }

  processes(): readonly GpuProcess[] {
    const oldest = performance.now() - this.#intervalMs * INTERVALS_UNTIL_GONE
    for (const [pid, { at }] of this.#seen) if (at < oldest) this.#seen.delete(pid)
    return [...this.#seen.values()].map(({ process }) => process)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#settled)
    this.#once.stop()
    await Promise.all([this.#devices.stop(), this.#apps.stop()])
  }

  async #lookOnce(): Promise<void> {
    const askedAt = performance.now()
    const reasons = REASON_FIELDS[this.#reasons]!
    const lines = await this.#once.look([gpuQuery(reasons), FORMAT])
    const all = lines?.map((line) => parseGpu(line, reasons)) ?? []
    if (all.includes(null)) return
    const gpus = (all as GpuSample[]).flatMap((gpu) => this.#ours(gpu) ?? [])
    const at = performance.now()
    // Less than all is no look at the GPUs.
    if (gpus.length < this.#expected) return
    for (const gpu of gpus) this.#note(gpu, at)
    this.#events.onReading(this.#sorted(), askedAt)
  }

  #onDevice(line: string): 'understood' | 'nonsense' | 'restart' {
    const reasons = REASON_FIELDS[this.#reasons]!
    if (reasons !== null && INVALID_FIELD.test(line)) {
      this.#reasons += 1
      return 'restart'
    }
    const told = parseGpu(line, reasons)
    if (told === null) return 'nonsense'
    const gpu = this.#ours(told)
    if (gpu === null) return 'understood'
    // Only where there are devices is there something that runs on them.
    if (this.#askedForProcesses === null) this.#apps.start()
    this.#askedForProcesses ??= performance.now()
    const card = cardOf(gpu)
    if (this.#told.has(card)) this.#tell()
    this.#note(gpu, performance.now())
    this.#told.add(card)
    clearTimeout(this.#settled)
    if (this.#told.size === this.#expected) this.#tell()
    else this.#settled = setTimeout(() => this.#tell(), SETTLE_MS).unref()
    return 'understood'
  }

  #tell(): void {
    clearTimeout(this.#settled)
    const oldest = performance.now() - this.#intervalMs * INTERVALS_UNTIL_LOST
    for (const [card, { at }] of this.#gpus) if (at < oldest) this.#gpus.delete(card)
    this.#told.clear()
    this.#expected = this.#gpus.size
    this.#events.onReading(this.#sorted())
  }

  #note(gpu: GpuSample, at: number): void {
    const card = cardOf(gpu)
    const index = this.#numbers.get(card) ?? freeNumber(gpu.index, [...this.#numbers.values()])
    this.#numbers.set(card, index)
    this.#gpus.set(card, { gpu: { ...gpu, index }, at })
  }

  #sorted(): GpuSample[] {
    const gpus = [...this.#gpus.values()].map(({ gpu }) => gpu)
    return gpus.toSorted((a, b) => a.index - b.index)
  }

  /** A GPU that is to be told of; of one that is divided nobody tells what is in use in our part of it. */
  #ours(gpu: GpuSample): GpuSample | null {
    if (this.#own === null) return gpu
    const own = this.#own.find((one) =>
      gpu.uuid === null ? one.index === gpu.index : one.uuid === gpu.uuid,
    )
    if (own === undefined) return null
    return own.isWhole ? gpu : { ...gpu, total: null, used: null, utilization: null }
  }

  #onProcess(line: string): 'understood' | 'nonsense' {
    const told = parseProcess(line)
    if (told === null) return 'nonsense'
    const { uuid, process: found } = told
    if (this.#own !== null && !this.#own.some((gpu) => gpu.uuid === uuid)) return 'understood'
    const at = performance.now()
    const before = this.#seen.get(found.pid)
    // A process on several GPUs has a line for each of them.
    const sameLook = before !== undefined && at - before.at < this.#intervalMs / 2
    const used = sameLook ? sumOf(before.process.used, found.used) : found.used
    if (before !== undefined || this.#seen.size < MOST_PROCESSES) {
      const held = this.#isFirstLook(at) ? used : before?.process.atFirst
      const atFirst = held === undefined || held === null ? {} : { atFirst: held }
      this.#seen.set(found.pid, {
        process: { ...found, ...atFirst, used },
        at: sameLook ? before.at : at,
      })
    }
    return 'understood'
  }

  /** Where nothing runs nothing is told: what is told of first, but late, is new. */
  #isFirstLook(at: number): boolean {
    this.#firstTold ??= at
    const wait = this.#firstTold - (this.#askedForProcesses ?? at)
    return at - this.#firstTold < this.#intervalMs / 2 && wait < SLOW_START_MS
  }

  #withoutMemory(): string | null {
    const gpus = [...this.#gpus.values()].map(({ gpu }) => gpu)
    const silent = gpus.find(({ used, shared }) => used === null && shared === undefined)
    if (silent === undefined) return null
    return `${silent.name} does not tell how much of its memory is in use`
  }
}

/** What a card is known by; without a uuid its number. */
const cardOf = ({ uuid, index }: GpuSample): string => uuid ?? String(index)

/** The number that a card says it has, where no other one had it before; else the next that is free. */
function freeNumber(wanted: number, taken: readonly number[]): number {
  return taken.includes(wanted) ? Math.max(...taken) + 1 : wanted
}

function sumOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other
}
