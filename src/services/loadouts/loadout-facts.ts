import type { JarvisError } from '../../errors.ts'
import type { Death } from '../service/service-context.ts'

/** A service that ended while its loadout was up. */
export interface ServiceDeath extends Death {
  service: string
  /** `ollama://qwen exited with code 1`. */
  message: string
  /** Milliseconds since the epoch. */
  at: number
}

/** What is known of a loadout in this run. */
export interface LoadoutFacts {
  /** Seconds from start to ready and warm; null while it was never up. */
  setupTime: number | null
  /** When it last came up in this run, in milliseconds since the epoch; null when it did not, or was up before. */
  upSince: number | null
  /** Something was started when it came up; otherwise all of it was warm from another loadout. */
  isFresh: boolean
  /** GB of GPU memory in use before it started and when it was ready and warm; null where unknown. */
  vramPrior: number | null
  vramLoaded: number | null
  /** What makes its results suspect: `cpu_offload`. */
  flags: readonly string[]
  /** Why it cannot be had any more in this run. */
  failure: JarvisError | null
  deaths: readonly ServiceDeath[]
}

/** Of a loadout that nobody asked for yet. */
export const UNKNOWN_LOADOUT: LoadoutFacts = {
  setupTime: null,
  upSince: null,
  isFresh: false,
  vramPrior: null,
  vramLoaded: null,
  flags: [],
  failure: null,
  deaths: [],
}
