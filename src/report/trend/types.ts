import type { TrendRemark } from './remarks.ts'

/** One number over runs. */
export interface Series {
  domain: string
  /** Model URIs joined by ` + `. */
  loadout: string
  /** Null for the loadout as a whole; its only scenario where it is told by one. */
  scenario: string | null
  /**
   * What the values are: `ratio` to the night of reference, over the scenarios that passed in both; `value`, in the unit of
   * the metric; `share`, from 0 to 1.
   */
  measured: Measured
  /** The night that ratios are of; null for other series. */
  reference: { session: string; startedAt: string | null } | null
  /** One for each run, oldest first. */
  points: Point[]
}

export type Measured = 'ratio' | 'value' | 'share'

export interface Point {
  session: string
  startedAt: string | null
  /** Null where the run does not tell it. */
  value: number | null
  /** 95 %; null where it is unknown. */
  interval: { low: number; high: number } | null
  /** How many scenarios (of a ratio) or results it is of. */
  n: number
  /** Scenarios of the night of reference that a ratio is without: they did not pass here, or were not here. */
  without: string[]
}

export interface Trend {
  schema_version: number
  metric: string
  /** `lower` or `higher`; null where neither is known to be better. */
  better: 'lower' | 'higher' | null
  /** In the order in which runs first had them. */
  series: Series[]
  /** Runs that were looked at, oldest first. */
  sessions: string[]
  /** Their machines by name, in the order in which they first appear. */
  hosts: string[]
  /** Runs whose requests went without a parameter that others had, and whose numbers are in doubt; oldest first. */
  remarks: TrendRemark[]
  /** Runs that are not among them, with the reason. */
  left_out: LeftOut[]
  /** Loadouts of which no run tells the number: `llm ollama://qwen2.5:0.5b`. */
  silent: string[]
}

/** A run that says nothing of a series. */
export interface LeftOut {
  session: string
  why: string
}
