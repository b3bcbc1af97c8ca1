import type { Domain, SessionVerdict } from '../../events/index.ts'

/** A session as one night among others: of each scenario a few numbers. */
export interface Night {
  session: string
  /** Absolute. */
  directory: string
  startedAt: string | null
  kind: 'plan' | 'partial' | null
  verdict: SessionVerdict
  /** What is said of a session that is not whole. */
  sentence: string
  /** Nothing but another write to its files can change what is said of it. */
  isOver: boolean
  /** The id of the machine and its name; null for a session that does not tell. */
  host: { id: string; name: string } | null
  /** It was merged of several hosts: which one ran a loadout is told with that. */
  areHosts?: boolean
  /** What else is known of the machine and its programs: CPU, GPU, driver, system, jarvis, node … */
  facts: Readonly<Record<string, string | null>>
  /** Versions of the engines; null for one that was not found. */
  engines: Readonly<Record<string, string | null>>
  plan: { name: string; file: string; sha256: string | null } | null
  /** Digests of the files of scenarios by their path, where the session tells them. */
  texts?: Readonly<Record<string, string>>
  loadouts: readonly NightLoadout[]
  cases: readonly NightCase[]
}

/** A loadout as a whole. */
export interface NightLoadout {
  domain: Domain
  /** Model URIs joined by ` + `; the safe name where it has none. */
  loadout: string
  models: readonly string[]
  /** Digests of its models by their URI, as far as known. */
  digests?: Readonly<Record<string, string>>
  /** Numbers that are of the loadout: `setup_time`, `vram_loaded`, … */
  values: Readonly<Record<string, number>>
  /** Of a merged session: the hosts that ran it. */
  host?: string
  /** Parameters that its requests went without: `seed, temperature`; absent where there are none. */
  without?: string
}

/** A scenario on a loadout, its repeats taken together. */
export interface NightCase {
  /** As the ids of its results, without the repeat. */
  key: string
  domain: Domain
  loadout: string
  name: string
  /** Path from the project root; absent where it is not known. */
  file?: string
  passed: number
  /** Attempts that passed or did not; those that were skipped or cut off are none. */
  n: number
  /** How often it was tried again until it passed. */
  retries: number
  /** Medians over its warm repeats that passed; those of cold ones alone stand under `cold KEY`. */
  values: Readonly<Record<string, number>>
  /** Substituted, deleted, inserted and hit, summed over repeats, by the rate that they are of. */
  counts: Readonly<Record<string, readonly number[]>>
}

/** What a verdict is about. */
export type Aspect = 'latency' | 'throughput' | 'quality' | 'memory' | 'loading'

/** Whether something about a loadout is not as it was on the nights before; the one judgement that all surfaces repeat. */
export interface Verdict {
  domain: Domain
  loadout: string
  aspect: Aspect
  state: 'changed' | 'not_changed' | 'cannot_tell'
  /** Null unless it changed. */
  direction: 'better' | 'worse' | null
  /** The number that stands for the aspect; `pass_rate` for how many scenarios pass. */
  key: string
  title: string
  unit: string
  /** Of the nights before and of those that are asked about: typical values over the same scenarios. */
  before: number | null
  now: number | null
  /** `ratio`: now in terms of before, less 1; `difference`: in the unit of the number; null where neither is known. */
  change: { by: 'ratio' | 'difference'; size: number; low: number; high: number } | null
  /** How many scenarios, nights before and newest nights it is of; and outliers among those before, left out. */
  n: { scenarios: number; before: number; now: number; outliers: number }
  /** What decided; null where nothing could be tested. */
  test: {
    name: string
    statistic: number | null
    degreesOfFreedom: number | null
    p: number
  } | null
  /** How much the number differs from one quiet night to the next, a standard deviation: a share or in its unit. */
  noise: number | null
  /** The session from which on it is different; null unless it changed. */
  since: string | null
  /** What it would take to tell; null where it was told. */
  needs: string | null
  /** All of it in one sentence without the loadout's name. */
  sentence: string
}
