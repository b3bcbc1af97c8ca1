import type { OwnGpus } from '../host/own-gpus.ts'
import type { Loadout, Plan } from '../plan/index.ts'
import type { RunWants } from '../session/index.ts'

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

/** Whether processes tell which run they are of, so that `purge` spares those of a run beside this one. */
const TELLS_RUNS = process.platform === 'linux'

/**
 * What of the machine a run of these loadouts wants, where its environment leaves it some GPUs: null where it wants all,
 * as every run does that is told none, and one that ends programs by their name where nobody tells whose they are.
 */
export function wantsOf(
  projects: readonly { loadout: Loadout }[],
  plan: Plan,
  own: OwnGpus | null,
): RunWants | null {
  const { purge, purge_on_entry: purges } = plan.settings
  if (own === null || (purges && purge.length > 0 && !TELLS_RUNS)) return null
  const models = projects.flatMap(({ loadout }) => loadout.models)
  const ports = models.flatMap(({ name }) => plan.services[name]?.port ?? [])
  const ollama = models.some(
    ({ engine, name }) =>
      engine === 'ollama' || (engine === 'native' && isOllama(plan.services[name]?.command)),
  )
  return { gpus: own.gpus, ports: [...new Set(ports)], ollama }
}

function isOllama(command: readonly string[] | undefined): boolean {
  return command?.some((word) => /\bollama\b/i.test(word)) === true
}
