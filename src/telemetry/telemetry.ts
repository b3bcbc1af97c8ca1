import type { OwnGpu } from '../host/own-gpus.ts'
import { AmdSource } from './amd-source.ts'
import { History } from './history.ts'
import { type HostReading, HostSource } from './host-source.ts'
import { MachineMemorySource } from './machine-memory-source.ts'
import { NvidiaSource } from './nvidia-source.ts'
import type { GpuSample, GpuSource, OthersShare, Sample, SamplerGuard, Telemetry } from './types.ts'

export interface TelemetryOptions {
  /** @default process.env */
  env?: NodeJS.ProcessEnv
  /** Milliseconds between two samples. @default 1000 */
  intervalMs?: number
  /** Those to be told of. @default all of the machine */
  gpus?: readonly OwnGpu[] | null
  /** Ends the sampler's processes when this process dies. */
  guard?: SamplerGuard
  /** Ways to read GPUs, the preferred one first. @default NVIDIA's, AMD's, those without memory of their own */
  sources?: readonly GpuSource[]
  /** The wall clock and one that nobody sets, in milliseconds. */
  clocks?: { wall(): number; steady(): number }
}

const INTERVAL_MS = 1_000
/** GPU figures that are older than so many intervals are stale. */
const INTERVALS_UNTIL_STALE = 3
/** A sample that comes in so shortly after it was asked for was taken before. */
const TAKEN_BEFORE_MS = 50
/** How long the first figures of a GPU may take; later ones have the time that makes them stale. */
const FIRST_SAMPLE_MS = 15_000

/** Starts one sampler of GPUs and host. It holds no process open and costs no caller anything. */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { env = process.env, intervalMs = INTERVAL_MS, guard, gpus = null } = options
  const isTold = (kind: OwnGpu['kind']): boolean =>
    gpus === null || gpus.some((gpu) => gpu.kind === kind)
  const sources = options.sources ?? [
    ...(isTold('nvidia') ? [new NvidiaSource({ env, intervalMs, guard, gpus })] : []),
    ...(isTold('amd') ? [new AmdSource({ intervalMs, gpus })] : []),
    ...(gpus === null ? [new MachineMemorySource({ intervalMs })] : []),
  ]
  return new Sampler(sources, intervalMs, options.clocks ?? SYSTEM_CLOCKS)
}

const SYSTEM_CLOCKS = { wall: () => Date.now(), steady: () => performance.now() }

interface Reading {
  gpus: readonly GpuSample[]
  /** By the clock that nobody sets. */
  at: number
  /** When it was asked for; null where that is not known. */
  askedAt: number | null
}

interface Wait {
  /** By the clock that nobody sets. */
  asked: number
  resolve: (sample: Sample | null) => void
}

class Sampler implements Telemetry {
  readonly #sources: readonly GpuSource[]
  readonly #intervalMs: number
  readonly #clocks: { wall(): number; steady(): number }
  readonly #host = new HostSource()
  readonly #history: History
  /** The source that is used; one that comes later in the list takes over only as long as it has told nothing. */
  #source: GpuSource | undefined
  /** What tells of the processor's own graphics alone, by its name, where a better source is there and fails. */
  readonly #barred = new Map<GpuSource, string>()
  #reading: Reading | undefined
  readonly #listeners = new Set<(sample: Sample) => void>()
  readonly #waiting = new Set<Wait>()
  readonly #timer: NodeJS.Timeout
  readonly #begun: number
  #latest: Sample | null = null
  #lastTaken: number
  #taking: Promise<void> | null = null
  #stopped: Promise<void> | null = null

  constructor(
    sources: readonly GpuSource[],
    intervalMs: number,
    clocks: { wall(): number; steady(): number },
  ) {
    this.#sources = sources
    this.#intervalMs = intervalMs
    this.#clocks = clocks
    this.#history = new History(intervalMs)
    this.#begun = performance.now()
    this.#lastTaken = this.#begun
    for (const source of sources) {
      source.start({
        onReading: (gpus, askedAt) => this.#onReading(source, gpus, askedAt),
        onFailing: () => {
          if (!this.#isHopeless()) return
          this.#giveUp()
          // Nobody else tells what was in use before anything was started.
          if (this.#latest === null) void this.#take()
        },
      })
    }
    // Where no GPU sets the pace, or has ceased to.
    this.#timer = setInterval(() => {
      const waited = performance.now() - this.#lastTaken
      if (this.#source === undefined || waited > intervalMs * 1.5) void this.#take()
    }, intervalMs).unref()
    // The share of the processors is counted from here.
    void this.#host.read()
  }

  get unavailable(): string | null {
    const source = this.#source
    if (source !== undefined) {
      if (source.problem === null) return null
      return `GPU memory cannot be read: ${source.problem}.`
    }
    if (!this.#isHopeless()) return null
    const problems = this.#sources.flatMap((one) => {
      const name = this.#barred.get(one)
      if (name !== undefined)
        return `${name} is the processor's own graphics and takes no place of it`
      // What has no GPU of its kind goes without saying where another one fails.
      const isNews = !one.absent || this.#sources.every(({ absent }) => absent)
      return isNews && one.problem !== null ? one.problem : []
    })
    return `No NVIDIA or AMD GPU is readable on this system: ${problems.join('; ')}.`
  }

  get remark(): string | null {
    const source = this.#source
    if (source === undefined) return null
    const better = this.#sources.slice(0, this.#sources.indexOf(source))
    const broken = better.find(({ absent, failing }) => failing && !absent)
    const names = this.#reading?.gpus.map(({ name }) => name).join(', ') ?? ''
    if (broken !== undefined) return `${sentence(broken.problem ?? '')}. Only ${names} is told of.`
    const machines = this.#reading?.gpus.find(({ shared }) => shared?.isWhole)
    if (machines === undefined) return null
    return `${machines.name} has no memory of its own: what is told of it is the machine's main memory.`
  }

  get hasGpu(): boolean | null {
    if (this.#source !== undefined) return true
    if (this.#sources.every(({ absent }) => absent)) return false
    return this.#isHopeless() ? true : null
  }

  latest(): Sample | null {
    return this.#latest
  }

  fresh(signal?: AbortSignal): Promise<Sample | null> {
    const now = performance.now()
    const first = this.#begun + FIRST_SAMPLE_MS - now
    const isKnown = this.#source !== undefined
    const limit = isKnown ? this.#intervalMs * INTERVALS_UNTIL_STALE : first
    if (this.#stopped !== null || limit <= 0 || signal?.aborted || this.#isHopeless()) {
      return Promise.resolve(null)
    }
    const { promise, resolve } = Promise.withResolvers<Sample | null>()
    const wait = { asked: now, resolve }
    const giveUp = (): void => resolve(null)
    const timer = setTimeout(giveUp, limit)
    signal?.addEventListener('abort', giveUp, { once: true })
    this.#waiting.add(wait)
    // Loadouts wait for it.
    this.#source?.look()
    return promise.finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      this.#waiting.delete(wait)
    })
  }

  processes(): ReturnType<Telemetry['processes']> {
    return this.#sources.flatMap((source) => source.processes())
  }

  since(from: number, to?: number, others?: OthersShare): ReturnType<Telemetry['since']> {
    return this.#history.since(from, this.#clocks.wall(), { to, others })
  }

  subscribe(listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#taking
    await this.#read()
    this.#giveUp()
    await Promise.all(this.#sources.map((source) => source.stop()))
  }

  #onReading(source: GpuSource, told: readonly GpuSample[], askedAt?: number): void {
    const gpus = this.#usable(source, told)
    if (gpus === null) return
    this.#source = source
    this.#reading = { gpus, at: performance.now(), askedAt: askedAt ?? null }
    void this.#take()
  }

  /** Those of a source's GPUs that are to be told of; null where another source is. */
  #usable(source: GpuSource, gpus: readonly GpuSample[]): readonly GpuSample[] | null {
    const place = this.#sources.indexOf(source)
    if (this.#source !== undefined && place > this.#sources.indexOf(this.#source)) return null
    const better = this.#sources.slice(0, place)
    // A preferred source that is only slow is waited for.
    if (better.some(({ failing }) => !failing)) return null
    if (better.every(({ absent }) => absent)) return gpus
    // Where the tool of a card fails, the figures of the processor's own graphics would be taken for those of the card.
    const cards = gpus.filter(({ shared }) => shared === undefined)
    if (cards.length > 0) return cards
    this.#bar(source, gpus[0]?.name ?? 'what is left')
    return null
  }

  #bar(source: GpuSource, name: string): void {
    if (this.#barred.has(source)) return
    this.#barred.set(source, name)
    if (this.#isHopeless()) this.#giveUp()
    if (this.#latest === null) void this.#take()
  }

  #isStale(): boolean {
    if (this.#reading === undefined) return !this.#isHopeless()
    return performance.now() - this.#reading.at > this.#intervalMs * INTERVALS_UNTIL_STALE
  }

  #isHopeless(): boolean {
    if (this.#source !== undefined) return this.#source.failing
    return this.#sources.every((source) => source.failing || this.#barred.has(source))
  }

  #giveUp(): void {
    for (const { resolve } of this.#waiting) resolve(null)
  }

  async #take(): Promise<void> {
    // Two figures that come at the same time are one sample.
    if (this.#taking !== null || this.#stopped !== null) return
    this.#taking = this.#read()
    await this.#taking
    this.#taking = null
  }

  async #read(): Promise<void> {
    this.#lastTaken = performance.now()
    const host = await this.#host.read()
    const reading = this.#reading
    const stale = this.#isStale()
    const gpus = (reading?.gpus ?? []).map((gpu) => withMachineMemory(gpu, host))
    const sample: Sample = { at: this.#clocks.wall(), gpus, stale, ...host }
    this.#latest = sample
    const isLost = reading !== undefined && this.#source?.failing === true
    this.#history.add(sample, this.processes(), { clock: this.#clocks.steady(), isLost })
    if (reading !== undefined && !stale) {
      for (const { asked, resolve } of this.#waiting) {
        if (isAfter(reading, asked)) resolve(sample)
        // What was under way when it was asked for tells of before.
        else this.#source?.look()
      }
    }
    for (const listener of this.#listeners) listener(sample)
  }
}

/** Whether the GPUs were looked at after that moment. */
function isAfter({ at, askedAt }: Reading, moment: number): boolean {
  return askedAt === null ? at >= moment + TAKEN_BEFORE_MS : askedAt >= moment
}

/** A GPU whose memory is the machine's, with what the machine has. */
function withMachineMemory(gpu: GpuSample, { ramTotal, ramUsed }: HostReading): GpuSample {
  if (gpu.shared?.isWhole !== true) return gpu
  const memory = { total: ramTotal, used: ramUsed }
  return { ...gpu, ...memory, shared: { ...memory, isWhole: true } }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
