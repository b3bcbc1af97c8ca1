import type { Vitest } from 'vitest/node'
import type { Runtime } from './runtime.ts'

/**
 * What belongs to a run hangs on the Vitest object, never on a plugin instance or a module: without
 * `projects: []` in the user's config each project gets a plugin of its own, and global setup files are
 * loaded by another module loader.
 */
const REGISTRY = Symbol.for('jarvis.runtimes')

interface Registry {
  [REGISTRY]?: WeakMap<Vitest, Runtime>
}

/**
 * The runtime of a Vitest instance, made by `create` when it has none yet, or when Vitest has started anew for another
 * config or plan. `create` is told which of the two it is.
 */
export function ensureRuntime(vitest: Vitest, create: (isAnew: boolean) => Runtime): Runtime {
  const registry = globalThis as Registry
  registry[REGISTRY] ??= new WeakMap()
  let runtime = registry[REGISTRY].get(vitest)
  if (!runtime || runtime.isClosed) {
    registry[REGISTRY].set(vitest, (runtime = create(runtime !== undefined)))
  }
  return runtime
}

/** The runtime of a Vitest instance, if it has one. */
export function runtimeOf(vitest: Vitest): Runtime | undefined {
  return (globalThis as Registry)[REGISTRY]?.get(vitest)
}
