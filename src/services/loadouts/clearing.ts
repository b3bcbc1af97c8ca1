import type { JarvisError } from '../../errors.ts'
import type { Domain } from '../../events/index.ts'
import type { EngineName } from '../../plan/types.ts'
import type { ClearContext, EngineContext, ServiceRecipe } from '../engine.ts'
import { engines } from '../engines/index.ts'
import { purge, type PurgeContext } from '../processes/purge.ts'
import { within } from '../readiness/readiness.ts'
import { asFailure } from '../service/service-error.ts'
import type { Target } from './running-loadout.ts'

/**
 * What is ended before services start: at the start of a run what its plan names under `purge` and what
 * stands in the way of every engine that its selected loadouts use; and before each domain that uses an
 * engine, once more what stands in its way.
 */
export class Clearing {
  #targets: readonly Target[] = []
  #hasBegun = false
  #domain: Domain | null = null
  readonly #failures = new Map<EngineName, JarvisError>()

  /** Begins anew for a run of these loadouts. */
  newRun(targets: readonly Target[]): void {
    this.#targets = targets
    this.#hasBegun = false
    this.#domain = null
    this.#failures.clear()
  }

  /** The engines to make room for before this loadout starts. */
  due(target: Target): EngineName[] {
    if (this.#hasBegun && this.#domain === target.domain) return []
    const all = [...this.#targets, target]
    const ahead = this.#hasBegun ? all.filter(({ domain }) => domain === target.domain) : all
    const names = new Set(ahead.flatMap(({ loadout }) => loadout.models.map((m) => m.engine)))
    return [...names].filter((name) => engines[name].clear !== undefined)
  }

  /** Makes room. An engine that fails fails its loadouts alone. Rejects only when `signal` is aborted. */
  async clear(target: Target, context: ClearContext & PurgeContext): Promise<void> {
    const { signal } = context
    const due = this.due(target)
    if (!this.#hasBegun) await purge(context)
    for (const name of due) {
      this.#failures.delete(name)
      // oxlint-disable-next-line no-await-in-loop -- few, and each may signal processes
      await within(signal, () => engines[name].clear?.(context)).catch((error: unknown) => {
        signal.throwIfAborted()
        this.#failures.set(name, asFailure(error))
      })
    }
    signal.throwIfAborted()
    this.#hasBegun = true
    this.#domain = target.domain
  }

  /** Why a loadout cannot start: there is no room for one of its engines. */
  refusal({ loadout }: Target): JarvisError | null {
    const failures = loadout.models.map(({ engine }) => this.#failures.get(engine))
    return failures.find((failure) => failure !== undefined) ?? null
  }
}

/** @throws JarvisError MISSING when a model of the loadout cannot be served here */
export function findRecipes({ loadout }: Target, context: EngineContext): Promise<ServiceRecipe[]> {
  return Promise.all(loadout.models.map((model) => engines[model.engine].find(model, context)))
}
