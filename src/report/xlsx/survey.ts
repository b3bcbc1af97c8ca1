import type { Domain, OwnMeasure, ScenarioStatus } from '../../events/index.ts'
import { DOUBTFUL, type FlagCount, FlagCounts } from '../doubts.ts'
import type { ReportedResult } from '../session/index.ts'
import type { SpeedRanking } from '../speed/types.ts'
import { addToTally, merged, newTally, type Tally } from './tally.ts'

/**
 * What the results of a session have, and come to: learned in one pass, before anything is written. Plain data, so that
 * another thread can be given it.
 */
export interface Survey {
  results: number
  /** Those with most results first. */
  flags: FlagCount[]
  /** Those that failed, are missing or were interrupted. */
  notPassed: number
  domains: Map<Domain, DomainSurvey>
  /** How the loadouts of each domain rank. */
  rankings: SpeedRanking[]
}

/** The same of one domain. */
export interface DomainSurvey {
  results: number
  /** Metrics that at least one result has, and what they are. */
  metrics: Map<string, 'number' | 'text' | 'list'>
  own: Map<string, OwnMeasure>
  /** Metrics that at least one result did not state itself. */
  derived: Set<string>
  /** Metrics that a flag of at least one result makes doubtful. */
  doubtful: Set<string>
  /** Flags that at least one result has. */
  flags: Set<string>
  /** By loadout. */
  tallies: Map<string, LoadoutTally>
  /** The most that a result has. */
  attachments: number
  logs: number
  hasGpus: boolean
  hasRepeats: boolean
  hasCold: boolean
  hasRetries: boolean
}

export interface LoadoutTally {
  title: string
  tally: Tally
}

/** Takes the survey of a session, one result after the other. */
export class Surveyor {
  #results = 0
  #notPassed = 0
  readonly #flags = new FlagCounts()
  readonly #domains = new Map<Domain, DomainSurvey>()

  add(result: ReportedResult): void {
    const domain = getOrMake(this.#domains, result.domain, newDomain)
    this.#results += 1
    this.#flags.add(result)
    domain.results += 1
    if (isNotPassed(result.status)) this.#notPassed += 1
    look(domain, result)
  }

  /** After the last one. */
  end(rankings: SpeedRanking[]): Survey {
    return {
      results: this.#results,
      notPassed: this.#notPassed,
      flags: this.#flags.list(),
      domains: this.#domains,
      rankings,
    }
  }
}

/** Whether a result belongs to the failures. */
export function isNotPassed(status: ScenarioStatus): boolean {
  return status === 'FAILED' || status === 'MISSING' || status === 'INTERRUPTED'
}

/** What a person reads for a loadout. */
export function loadoutTitle({
  loadout,
  models,
}: {
  loadout: string
  models: readonly string[]
}): string {
  return models.length === 0 ? loadout : models.join(' + ')
}

export function domainTally({ tallies }: DomainSurvey): Tally {
  return merged([...tallies.values()].map(({ tally }) => tally))
}

function newDomain(): DomainSurvey {
  return {
    results: 0,
    metrics: new Map(),
    own: new Map(),
    derived: new Set(),
    doubtful: new Set(),
    flags: new Set(),
    tallies: new Map(),
    attachments: 0,
    logs: 0,
    hasGpus: false,
    hasRepeats: false,
    hasCold: false,
    hasRetries: false,
  }
}

function look(domain: DomainSurvey, result: ReportedResult): void {
  for (const key in result.metrics) {
    const value = result.metrics[key]
    if (value === null || value === undefined) continue
    const kind = Array.isArray(value) ? 'list' : typeof value === 'number' ? 'number' : 'text'
    const known = domain.metrics.get(key)
    if (known === undefined || (known !== 'number' && kind === 'number'))
      domain.metrics.set(key, kind)
  }
  for (const key in result.measures) {
    if (!domain.own.has(key)) domain.own.set(key, result.measures[key] as OwnMeasure)
  }
  for (const key of result.derived) domain.derived.add(key)
  domain.attachments = Math.max(domain.attachments, result.attachments.length)
  domain.logs = Math.max(domain.logs, result.logs.length)
  domain.hasGpus ||= result.gpu !== undefined
  domain.hasRepeats ||= result.repeat > 0
  domain.hasCold ||= result.cold === true
  for (const flag of result.flags) lookAtFlag(domain, flag)
  domain.hasRetries ||= result.retries > 0
  const { tally } = getOrMake(domain.tallies, result.loadout, () => ({
    title: loadoutTitle(result),
    tally: newTally(),
  }))
  addToTally(tally, result)
}

function lookAtFlag(domain: DomainSurvey, flag: string): void {
  if (domain.flags.has(flag)) return
  domain.flags.add(flag)
  for (const key of DOUBTFUL[flag] ?? []) domain.doubtful.add(key)
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
