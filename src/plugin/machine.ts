import type { Loadout, Plan } from '../plan/index.ts'

/** Engines whose services take a share of the GPU, or may. */
const OWNS_MACHINE = new Set(['ollama', 'vllm', 'llamacpp', 'native'])

/**
 * Whether these loadouts want the machine for themselves: they own a GPU or a fixed port. The embedded
 * engine, programs that run for one request and servers elsewhere do not.
 */
export function needsMachine(projects: readonly { loadout: Loadout }[], plan: Plan): boolean {
  return projects.some(({ loadout }) =>
    loadout.models.some(
      ({ engine, name }) => OWNS_MACHINE.has(engine) || plan.services[name]?.port !== undefined,
    ),
  )
}
