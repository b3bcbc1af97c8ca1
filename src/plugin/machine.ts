import type { Plan } from '../plan/index.ts'
import type { PlannedProject } from './projects.ts'

/** Engines whose services take a share of the GPU, or may. */
const OWNS_MACHINE = new Set(['ollama', 'vllm', 'llamacpp', 'native'])

/**
 * Whether these loadouts want the machine for themselves: they own a GPU or a fixed port. The embedded
 * engine, programs that run for one request and servers elsewhere do not.
 */
export function needsMachine(projects: readonly PlannedProject[], plan: Plan): boolean {
  return projects.some(({ loadout }) =>
    loadout.models.some(
      ({ engine, name }) => OWNS_MACHINE.has(engine) || plan.services[name]?.port !== undefined,
    ),
  )
}
