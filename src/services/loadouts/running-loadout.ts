import { JarvisError, messageOf } from '../../errors.ts'
import type { Domain, EventOf } from '../../events/index.ts'
import { cacheNews } from '../../memory/vllm/vllm-share.ts'
import { playerOf } from '../../plan/roles.ts'
import type { Loadout, Settings } from '../../plan/types.ts'
import type { ServiceRecipe } from '../engine.ts'
import { inGb } from '../../host/gigabytes.ts'
import type { GpuProcess } from '../../telemetry/types.ts'
import { holdersOf, type MemoryBefore } from '../service/gpu-memory.ts'
import type { MemoryReading } from '../service/memory-reading.ts'
import { Service } from '../service/service.ts'
import type { ServiceContext } from '../service/service-context.ts'
import { ServiceError } from '../service/service-error.ts'
import type { KeptLoadout } from '../warm/holding.ts'

/** A loadout as a scenario file asks for it. */
export interface Target {
  domain: Domain
  loadout: Loadout
}

/** How long a stop waits for the memory of the GPU to come back, also where the user waits for the end. */
const MEMORY_PATIENCE_MS = 10_000
const HURRIED_PATIENCE_MS = 2_000

/** The services of one loadout, from the first process to the last. */
export class RunningLoadout {
  readonly target: Target
  readonly services: Service[]
  /** Seconds from start to ready and warm. */
  setupTime = 0
  /** GB before it started and when it was ready and warm; null where unknown. */
  vramPrior: number | null = null
  vramLoaded: number | null = null
  leases = 0
  /** When it became ready, on the clock of `performance`; null while it is not. */
  #readyAt: number | null = null
  #before: MemoryBefore | null = null
  #hasBegun = false
  readonly #context: ServiceContext
  readonly #kept: ReadonlySet<Service>

  /** Takes over those of `kept` that serve the same model in the same way; the others are left alone. */
  constructor(
    target: Target,
    recipes: readonly ServiceRecipe[],
    kept: readonly Service[],
    context: ServiceContext,
  ) {
    this.target = target
    this.#context = context
    // One that lives in the process of another would not outlive it.
    const free = new Set(kept.filter(({ host }) => host === null))
    const hosts = new Map<string, Service>()
    const names = serviceNames(target.loadout)
    this.services = target.loadout.models.map((model, index) => {
      const recipe = recipes[index]!
      const chats = isChatted(target, index)
      const roles = target.loadout.roles?.[index] ?? {}
      const role = { ...loadoutKey(target), name: names[index]!, model, chats, roles }
      const same = [...free].find(({ recipe: { key } }) => key === recipe.key)
      const host = hosts.get(recipe.shares ?? '') ?? null
      if (same !== undefined) {
        free.delete(same)
        same.role = role
      }
      const service = same ?? new Service(role, recipe, context, host)
      if (recipe.shares !== undefined && host === null) hosts.set(recipe.shares, service)
      return service
    })
    this.#kept = new Set(this.services.filter((service) => kept.includes(service)))
  }

  /** Whether anything was started for it: what was kept all is as warm as before. */
  get isFresh(): boolean {
    return this.#kept.size < this.services.length
  }

  /** Who held memory of the GPU before it started. */
  get holdersBefore(): readonly GpuProcess[] {
    return this.#before?.processes ?? []
  }

  get alive(): boolean {
    return this.services.every((service) => service.alive)
  }

  /** What makes its results suspect. */
  get flags(): string[] {
    return this.services.some(({ spill }) => spill !== null) ? ['cpu_offload'] : []
  }

  /** What of the model that lies on the GPU least does, 0 to 1; null where all of them do as a whole. */
  get gpuShare(): number | null {
    const shares = this.services.flatMap(({ spill }) => spill?.share ?? [])
    return shares.length === 0 ? null : Math.min(...shares)
  }

  /**
   * Starts the services side by side; when one fails the others are told to give up. `restarts` says, for
   * services that died, how; `check` looks at those that are to be started, and may refuse them.
   */
  async start(
    signal: AbortSignal,
    { startup_timeout, track_prior_vram }: Pick<Settings, 'startup_timeout' | 'track_prior_vram'>,
    {
      restarts,
      check,
    }: {
      restarts: ReadonlyMap<string, string>
      check?: (services: readonly Service[]) => Promise<void>
    },
  ): Promise<void> {
    const { memory } = this.#context
    this.#before = track_prior_vram ? await memory.before(signal) : null
    this.vramPrior = inGb(this.#before?.used ?? null)
    const failed = new AbortController()
    const over = AbortSignal.any([signal, failed.signal])
    this.#starting()
    await check?.(this.services.filter((service) => !this.#kept.has(service)))
    this.#hasBegun = true
    const begun = performance.now()
    const starts = this.services.map(async (service) => {
      const model = service.role.model.text
      if (this.#kept.has(service)) {
        service.announceKept()
      } else {
        this.#context.record({ type: 'model_loading', ...loadoutKey(this.target), model })
        await service.start(over, startup_timeout).catch((error: unknown) => {
          failed.abort(error)
          throw error
        })
        this.#restarted(service, restarts.get(service.role.name))
      }
      const setupTime = secondsSince(begun)
      this.setupTime = Math.max(this.setupTime, setupTime)
      // The sample after the last service is that of the loadout.
      const used = await memory.now(this.#before, over)
      over.throwIfAborted()
      this.vramLoaded = inGb(used)
      if (!this.#kept.has(service)) await this.#measured(service, service.memory)
      this.#ready(service, setupTime)
      this.#spilled(service)
      this.#cached(service)
    })
    // All are waited for, so that none starts anything after this has failed.
    await Promise.allSettled(starts)
    over.throwIfAborted()
    this.#isReady()
  }

  /** What a later run must know to take it over; null where none of it is a process of ours. */
  kept(): KeptLoadout | null {
    const services = this.services.map((service) => service.kept())
    if (!this.alive || services.every(({ process }) => process === null)) return null
    const { domain, loadout } = this.target
    return {
      domain,
      loadout: loadout.name,
      title: loadout.title,
      setupTime: this.setupTime,
      vramPrior: this.vramPrior,
      vramLoaded: this.vramLoaded,
      before: this.#before,
      services,
    }
  }

  /**
   * Takes over what an earlier run has left up.
   *
   * @returns why it does not, in words; null where it does
   */
  async adopt(kept: KeptLoadout, signal: AbortSignal): Promise<string | null> {
    const isSame = kept.services.length === this.services.length
    let why = isSame ? null : 'it has other models by now'
    for (const [index, service] of this.services.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one may live in the process of the one before
      why ??= await service.adopt(kept.services[index]!, signal)
    }
    if (why !== null) {
      for (const service of this.services) service.abandon()
      return why
    }
    this.setupTime = kept.setupTime
    this.vramPrior = kept.vramPrior
    this.vramLoaded = kept.vramLoaded
    this.#before = kept.before
    this.#hasBegun = true
    this.#readyAt = performance.now()
    return null
  }

  /** Leaves its services to whoever has them now. */
  release(): void {
    for (const service of this.services) service.release()
  }

  /** Tells a later session what it found running. */
  announce(): void {
    this.#starting()
    for (const service of this.services) {
      service.announce()
      this.#ready(service, this.setupTime)
    }
    this.#isReady()
  }

  /** Ends the services but those to keep, the last one first, and waits until their memory is back. */
  async stop(options: { unload: boolean; keep?: ReadonlySet<Service> }): Promise<void> {
    // What was refused before anything of it was started ends with its failure.
    if (!this.#hasBegun && this.#kept.size === 0) return
    const begun = performance.now()
    const run_time = this.#readyAt === null ? null : secondsSince(this.#readyAt)
    this.#readyAt = null
    const ending = this.services.filter((service) => options.keep?.has(service) !== true)
    const loaded = ending.map(async (service) =>
      this.#measured(service, await service.loadedSince()),
    )
    await Promise.all(ending.toReversed().map((service) => service.stop(options)))
    await Promise.all(loaded)
    const patience = options.unload ? MEMORY_PATIENCE_MS : HURRIED_PATIENCE_MS
    // What is kept keeps its memory.
    const before = ending.length === this.services.length ? this.#before : null
    const { used, isLeak, holders } = await this.#context.memory.after(before, patience)
    const vram_after = inGb(used)
    const cleanup_time = secondsSince(begun)
    const ref = loadoutRef(this.target)
    this.#context.record({ type: 'loadout_stopped', ...ref, run_time, cleanup_time, vram_after })
    if (!isLeak || vram_after === null || this.vramPrior === null) return
    const vram = { vram_prior: this.vramPrior, vram_after, processes: holdersOf(holders) }
    this.#context.record({ type: 'vram_leak', ...ref, ...vram })
  }

  #starting(): void {
    const { gpus = [] } = this.#before ?? {}
    const before = gpus.length > 0 ? { gpus } : {}
    this.#context.record({ type: 'loadout_starting', ...loadoutRef(this.target), ...before })
  }

  #isReady(): void {
    this.#readyAt = performance.now()
    const { setupTime: setup_time, vramPrior: vram_prior, vramLoaded: vram_loaded } = this
    const figures = { setup_time, vram_prior, vram_loaded }
    this.#context.record({ type: 'loadout_ready', ...loadoutRef(this.target), ...figures })
  }

  #restarted({ role }: Service, reason: string | undefined): void {
    if (reason === undefined) return
    const [service, model] = [role.name, role.model.text]
    const key = loadoutKey(this.target)
    this.#context.record({ type: 'service_restarted', ...key, service, model, reason })
  }

  /** Tells what a load has taken. */
  async #measured({ role, engines }: Service, reading: MemoryReading | null): Promise<void> {
    if (reading === null) return
    const { loadEvent } = await import('../../memory/log/memory-event.ts')
    const { name: service, model } = role
    const told = loadEvent(reading.load, this.#context.memory.gpus)
    this.#context.record({
      type: 'memory_measured',
      ...loadoutKey(this.target),
      service,
      model: model.text,
      engine: model.engine,
      ...told,
      version: engines[model.engine] ?? told.version,
      process: reading.process,
    })
  }

  #spilled({ role, spill }: Service): void {
    if (spill === null) return
    const percent = `${Math.round(spill.share * 100)} %`
    const message =
      `${role.model.text} does not lie on the GPU as a whole (${percent}): ${spill.how}. ` +
      'Its results have the flag cpu_offload.'
    this.#context.record({ type: 'note', level: 'WARN', message })
  }

  /** What vLLM says of the cache that it was to have. */
  #cached({ role, share, memory }: Service): void {
    if (share === null || memory === null) return
    const news = cacheNews(share, memory.load)
    if (news === null) return
    const message = `${role.model.text}: ${news}`
    this.#context.record({ type: 'note', level: 'WARN', message })
  }

  #ready({ role, engines, digest, share }: Service, setup_time: number): void {
    this.#context.record({
      type: 'model_ready',
      ...loadoutKey(this.target),
      model: role.model.text,
      setup_time,
      vram_loaded: this.vramLoaded,
      ...(Object.keys(engines).length > 0 && { engines }),
      ...(digest !== null && { digest }),
      ...(share !== null && { memory_share: share.how }),
    })
  }
}

/** The event of a loadout that did not come up, or did not stay up. */
export function loadoutFailed(target: Target, error: unknown): EventOf<'loadout_failed'> {
  return {
    type: 'loadout_failed',
    ...loadoutRef(target),
    code: error instanceof JarvisError ? error.code : 'SERVICE_FAILED',
    message: messageOf(error),
    last_lines: error instanceof ServiceError ? error.lastLines : [],
  }
}

/** What of a loadout the next one may take over, if it needs the like. */
export function reusable(
  { target, services }: RunningLoadout,
  next: Target,
  restart: Settings['restart'],
): Service[] {
  const sameDomain = target.domain === next.domain
  const isAllowed =
    sameLoadout(target, next) || restart === 'run' || (restart === 'domain' && sameDomain)
  return isAllowed ? services.filter((service) => service.alive) : []
}

export function sameLoadout(one: Target, other: Target): boolean {
  return one.domain === other.domain && one.loadout.name === other.loadout.name
}

/** What events carry of a loadout. */
export function loadoutRef({ domain, loadout }: Target): {
  domain: Domain
  loadout: string
  models: string[]
} {
  return { domain, loadout: loadout.name, models: loadout.models.map(({ text }) => text) }
}

function secondsSince(begun: number): number {
  return Math.round(performance.now() - begun) / 1_000
}

function loadoutKey({ domain, loadout }: Target): { domain: Domain; loadout: string } {
  return { domain, loadout: loadout.name }
}

/**
 * Whether scenarios chat with the model at this place: in `llm` and `vlm` unless it is for something else, in
 * speech-to-speech where it is the language model, in a domain of one's own where it is known to be one.
 */
function isChatted({ domain, loadout }: Target, index: number): boolean {
  const { own, given } = loadout.roles?.[index] ?? {}
  const known = [...(given ?? []), ...(own ?? [])]
  const isKnownToChat = known.includes('llm') || known.includes('vlm')
  if (domain === 'llm' || domain === 'vlm') return known.length === 0 || isKnownToChat
  if (domain === 'stt' || domain === 'tts') return false
  if (domain !== 'sts') return isKnownToChat
  const players = loadout.models.map((_, at) => ({ ...loadout.roles?.[at], answers: true }))
  return playerOf('llm', domain, players) === index
}

/** The models' names; a name that occurs twice gets a number from the second time on. */
function serviceNames({ models }: Loadout): string[] {
  const used = new Set<string>()
  return models.map(({ name }) => {
    let free = name
    for (let copy = 2; used.has(free); copy += 1) free = `${name}_${copy}`
    used.add(free)
    return free
  })
}
