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
  /** Scenarios of the domain in all, or where there are too many those that are looked at. */
  scenarios: number
  /** There are more. */
  isCut?: true
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
  /** What is to be said of the results that this is of, for each loadout of which there is anything. */
  remarks: Remark[]
}

/** What speaks against numbers of a loadout, or against comparing them. */
export interface Remark {
  title: string
  /** How many results count. */
  results: number
  /** How many of them have a flag that makes the number doubtful, by the flag. */
  doubts: Record<string, number>
  /** How many of them were asked for without a parameter, by its name. */
  without: Record<string, number>
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
  /** Some of its results, or of the fastest's, are in doubt or were asked for otherwise. */
  isDoubtful: boolean
}

/** One scenario that a ranking is made of: the ratio of each loadout, in the order of the ranks. */
export interface PairedScenario {
  name: string
  ratios: number[]
}
