import type { Domain } from '../../events/index.ts'
import type { SpeedAspect } from '../../metrics/speed-keys.ts'

/** How fast the loadouts of a domain are beside each other, by one number. */
export interface SpeedRanking {
  domain: Domain
  /** Null for a number that is only drawn. */
  aspect: SpeedAspect | null
  /** A key of the catalogue, `duration`, or an author's own. */
  metric: string
  /** As every table and chart heads it: `Output tok/s [×]`. */
  title: string
  /** As the catalogue has it. */
  unit: string
  better: 'lower' | 'higher'
  /** Scenarios that passed on all loadouts that are ranked. */
  n: number
  /** Scenarios of the domain in all. */
  scenarios: number
  /** On which loadout the fewest of them passed; null where all passed on all. */
  fewest: { title: string; passed: number } | null
  /** The fastest first; empty where none can be ranked. */
  ranks: SpeedRank[]
  /** Loadouts that are not ranked, in the order of the plan. */
  leftOut: { loadout: string; title: string; why: string }[]
  /** Where one loadout is alone: its scenarios that passed with the lowest and the highest number. */
  alone: { title: string; low: ScenarioValue; high: ScenarioValue } | null
  /** Why there is no rank; null where there is one. */
  why: string | null
}

/** What a scenario that passed came to: the median of its repeats. */
export interface ScenarioValue {
  scenario: string
  value: number
}

/** One loadout of a ranking. */
export interface SpeedRank {
  /** The safe name. */
  loadout: string
  title: string
  /**
   * Geometric mean of what its scenarios have over what those of the fastest have: 1 for the fastest; of tokens a
   * second less for others, of seconds more.
   */
  ratio: number
  /** 95 %; null of the fastest, and of a single scenario. */
  interval: { low: number; high: number } | null
}

/** One scenario that a ranking is made of: the ratio of each loadout, in the order of the ranks. */
export interface PairedScenario {
  name: string
  ratios: number[]
}
