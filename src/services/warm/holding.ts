import type { Domain } from '../../events/index.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { Spill } from '../../memory/spill.ts'
import type { VllmShare } from '../../memory/vllm/vllm-share.ts'
import type { ChosenGpu } from '../engine.ts'
import type { MemoryBefore } from '../service/gpu-memory.ts'

/** The process of a service that stays up, and what a later run must know to take it over. */
export interface KeptProcess extends ProcessIdentity {
  /** Seconds between a polite stop and force. */
  grace: number
  /** What it and all that came of it carry as their service. */
  id: string
  /** Directory of the session that it was started in. */
  session: string
  port: number
  /** Where it answers; null where it listens nowhere. */
  url: string | null
  log: string
  command: [string, ...string[]]
  /** Of its program, its options, its environment and its files: another one is another service. */
  fingerprint: string
  /** What came of it and would not be found by its tree. */
  strayed: ProcessIdentity[]
}

/** A service of a loadout that stays up. */
export interface KeptService {
  model: string
  key: string
  /** Null for one that is served elsewhere, or by the process of another. */
  process: KeptProcess | null
  gpus: readonly ChosenGpu[] | null
  share: VllmShare | null
  spill: Spill | null
  engines: Record<string, string>
  digest: string | null
}

/** A loadout that stays up, with its services in the order of its models. */
export interface KeptLoadout {
  domain: Domain
  loadout: string
  title: string
  setupTime: number
  vramPrior: number | null
  vramLoaded: number | null
  before: MemoryBefore | null
  services: KeptService[]
}

/** What is kept warm for the next run of a project. */
export interface Holding extends KeptLoadout {
  /** The project's root, absolute, and its plan as it was named. */
  root: string
  plan: string
  /** Another run that wants the machine for itself wants what it holds. */
  needsMachine: boolean
  /** The parts of the machine that it holds, by the files of their locks; null: all of it. */
  parts: readonly string[] | null
  /** Seconds that it stays up without a run. */
  idle: number
  /** Whoever has started the runs: nothing is kept without. Null where nobody is known. */
  editor: ProcessIdentity | null
  /** The run that uses it. */
  run: ProcessIdentity
}

/** The processes of a loadout that stays up. */
export function keptProcesses({ services }: Pick<KeptLoadout, 'services'>): KeptProcess[] {
  return services.flatMap(({ process }) => process ?? [])
}
