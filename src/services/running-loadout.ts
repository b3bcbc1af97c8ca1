import type { Domain, EventOf } from '../events/index.ts'
import { JarvisError, messageOf } from '../errors.ts'
import type { Loadout } from '../plan/types.ts'
import type { ServiceRecipe } from './engine.ts'
import { Service, type ServiceContext } from './service.ts'
import { ServiceError } from './service-error.ts'

/** A loadout as a scenario file asks for it. */
export interface Target {
  domain: Domain
  loadout: Loadout
}

/** The services of one loadout, from the first process to the last. */
export class RunningLoadout {
  readonly target: Target
  readonly services: Service[]
  /** Seconds from start to ready and warm. */
  setupTime = 0
  leases = 0
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
    const free = new Set(kept)
    const names = serviceNames(target.loadout)
    this.services = target.loadout.models.map((model, index) => {
      const recipe = recipes[index]!
      const role = { ...loadoutKey(target), name: names[index]!, model }
      const same = [...free].find(({ recipe: { key } }) => key === recipe.key)
      if (same === undefined) return new Service(role, recipe, context)
      free.delete(same)
      same.role = role
      return same
    })
    this.#kept = new Set(this.services.filter((service) => kept.includes(service)))
  }

  get alive(): boolean {
    return this.services.every((service) => service.alive)
  }

  /** Starts the services side by side; when one fails the others are told to give up. */
  async start(signal: AbortSignal, startupTimeout: number): Promise<void> {
    const begun = performance.now()
    const seconds = (): number => Math.round(performance.now() - begun) / 1_000
    const failed = new AbortController()
    const over = AbortSignal.any([signal, failed.signal])
    this.#context.record({ type: 'loadout_starting', ...loadoutRef(this.target) })
    const starts = this.services.map(async (service) => {
      const model = service.role.model.text
      if (!this.#kept.has(service)) {
        this.#context.record({ type: 'model_loading', ...loadoutKey(this.target), model })
        await service.start(over, startupTimeout).catch((error: unknown) => {
          failed.abort(error)
          throw error
        })
      }
      this.#ready(service, seconds())
    })
    // All are waited for, so that none starts anything after this has failed.
    await Promise.allSettled(starts)
    over.throwIfAborted()
    this.setupTime = seconds()
    this.#context.record({
      type: 'loadout_ready',
      ...loadoutRef(this.target),
      setup_time: this.setupTime,
    })
  }

  /** Tells a later session what it found running. */
  announce(): void {
    this.#context.record({ type: 'loadout_starting', ...loadoutRef(this.target) })
    for (const service of this.services) {
      service.announce()
      this.#ready(service, this.setupTime)
    }
    const setup_time = this.setupTime
    this.#context.record({ type: 'loadout_ready', ...loadoutRef(this.target), setup_time })
  }

  /** Ends the services but those to keep, the last one first. */
  async stop(options: { unload: boolean; keep?: ReadonlySet<Service> }): Promise<void> {
    const begun = performance.now()
    const ending = this.services.filter((service) => options.keep?.has(service) !== true)
    await Promise.all(ending.toReversed().map((service) => service.stop(options)))
    const cleanup_time = Math.round(performance.now() - begun) / 1_000
    this.#context.record({ type: 'loadout_stopped', ...loadoutRef(this.target), cleanup_time })
  }

  #ready(service: Service, setup_time: number): void {
    this.#context.record({
      type: 'model_ready',
      ...loadoutKey(this.target),
      model: service.role.model.text,
      setup_time,
      vram_loaded: null,
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

/** What events carry of a loadout. */
export function loadoutRef({ domain, loadout }: Target): {
  domain: Domain
  loadout: string
  models: string[]
} {
  return { domain, loadout: loadout.name, models: loadout.models.map(({ text }) => text) }
}

function loadoutKey({ domain, loadout }: Target): { domain: Domain; loadout: string } {
  return { domain, loadout: loadout.name }
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
