import type { SessionEvent } from '../events/index.ts'
import type { OwnGpu } from '../host/own-gpus.ts'
import type { SamplerGuard, Telemetry } from '../telemetry/types.ts'
import { FigureNews } from './figure-news.ts'
import type { PlannedProject } from './projects.ts'
import { sampleEvent } from './sample-event.ts'
import { ServiceMemory } from './service-memory.ts'

type Listener = Parameters<Telemetry['subscribe']>[0]

/** Seconds between two samples. */
const INTERVAL_S = 1
/** Engines that start no process here. */
const WITHOUT_PROCESS = new Set(['cli', 'openai'])

/** Whether any of these loadouts starts a process whose memory is worth watching. */
export function needsTelemetry(projects: readonly PlannedProject[]): boolean {
  return projects.some(({ loadout }) =>
    loadout.models.some(({ engine }) => !WITHOUT_PROCESS.has(engine)),
  )
}

/**
 * The sampler as long-lived parts know it: started for a run, stopped after it, and started again for the
 * next one in watch mode. While it does not run nothing is known.
 */
export class TelemetryHost implements Telemetry {
  readonly #listeners = new Set<Listener>()
  readonly #memory = new ServiceMemory()
  #starting: Promise<Telemetry | null> | null = null
  #sampler: Telemetry | null = null
  /** Stopped or not, it knows what was. */
  #newest: Telemetry | null = null
  readonly #news = new FigureNews()
  #record: ((event: SessionEvent) => void) | null = null

  /** Starts it where it does not run, for these GPUs or all. Costs the caller nothing; `guard` is waited for. */
  start(guard: Promise<SamplerGuard>, gpus: readonly OwnGpu[] | null): void {
    if (this.#starting !== null) return
    const starting = this.#load({ guard, gpus }, () => this.#starting === starting)
    this.#starting = starting
  }

  /** Where the samples of a run are recorded; null for one that needs none. */
  attach(record: ((event: SessionEvent) => void) | null): void {
    this.#record = record
    this.#memory.clear()
    this.#news.clear()
  }

  /** Learns from a run's events whether services run. */
  observe(event: SessionEvent): void {
    this.#memory.observe(event)
  }

  get unavailable(): string | null {
    if (this.#sampler !== null) return this.#sampler.unavailable
    return this.#starting === null ? 'The machine is not being sampled.' : null
  }

  get hasGpu(): boolean | null {
    if (this.#sampler !== null) return this.#sampler.hasGpu
    return this.#starting === null ? false : null
  }

  latest(): ReturnType<Telemetry['latest']> {
    return this.#sampler?.latest() ?? null
  }

  async fresh(signal?: AbortSignal): ReturnType<Telemetry['fresh']> {
    const sampler = await this.#starting
    return sampler?.fresh(signal) ?? null
  }

  processes(): ReturnType<Telemetry['processes']> {
    return this.#sampler?.processes() ?? []
  }

  since(...span: Parameters<Telemetry['since']>): ReturnType<Telemetry['since']> {
    return this.#newest?.since(...span) ?? { peak: null, pids: [], flags: [] }
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    const starting = this.#starting
    this.#starting = null
    this.#sampler = null
    const sampler = await starting
    await sampler?.stop()
  }

  async #load(
    {
      guard: guardStarting,
      gpus,
    }: { guard: Promise<SamplerGuard>; gpus: readonly OwnGpu[] | null },
    isWanted: () => boolean,
  ): Promise<Telemetry | null> {
    try {
      const loading = import('../telemetry/index.ts')
      const [{ startTelemetry, processTrees }, guard] = await Promise.all([loading, guardStarting])
      if (!isWanted()) return null
      const sampler = startTelemetry({ guard, intervalMs: INTERVAL_S * 1_000, gpus })
      sampler.subscribe((sample) => {
        const services = this.#memory.take(processTrees, sampler.processes())
        this.#record?.(sampleEvent(sample, INTERVAL_S, services))
        for (const note of this.#news.take(sampler, sample)) this.#record?.(note)
        for (const listener of this.#listeners) listener(sample)
      })
      this.#sampler = sampler
      this.#newest = sampler
      return sampler
    } catch {
      // Without a watchdog no service starts either, and the run says so.
      if (isWanted()) this.#starting = null
      return null
    }
  }
}
