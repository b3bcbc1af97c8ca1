import type { Domain, OwnMeasure, ScenarioStatus } from '../../events/index.ts'
import { DOUBTFUL, FlagCounts } from '../doubts.ts'
import type { ReportedResult } from '../session/index.ts'
import { SpeedBook } from '../speed/speed-book.ts'
import { merged, Tally } from './tally.ts'

/** What the results of a session have, and come to: learned in one pass, before anything is written. */
export interface Survey {
  results: number
  flags: FlagCounts
  /** Those that failed, are missing or were interrupted. */
  notPassed: number
  domains: Map<Domain, DomainSurvey>
  /** How fast each scenario was on each loadout. */
  speeds: SpeedBook
}

/** The same of one domain. */
export interface DomainSurvey {
  results: number
  /** By name, in the order of the results: how each went on each loadout, nearly always few. */
  scenarios: Map<string, Outcome[]>
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
  hasRepeats: boolean
  hasCold: boolean
  hasRetries: boolean
}

export interface LoadoutTally {
  title: string
  tally: Tally
}

/** How a scenario went on one loadout, all repeats together. */
export interface Outcome {
  loadout: string
  passed: number
  all: number
  worst: ScenarioStatus
  /** Row of its first result in the sheet of the domain; null until that is written. */
  row: number | null
}

const SEVERITY: Record<ScenarioStatus, number> = {
  PASSED: 0,
  SKIPPED: 1,
  INTERRUPTED: 2,
  MISSING: 3,
  FAILED: 4,
}

export function newSurvey(): Survey {
  return {
    results: 0,
    flags: new FlagCounts(),
    notPassed: 0,
    domains: new Map(),
    speeds: new SpeedBook(),
  }
}

/** Takes one result into the survey. */
export function addToSurvey(survey: Survey, result: ReportedResult): void {
  const domain = getOrMake(survey.domains, result.domain, newDomain)
  survey.results += 1
  survey.flags.add(result)
  domain.results += 1
  if (isNotPassed(result.status)) survey.notPassed += 1
  survey.speeds.add(result)
  look(domain, result)
  place(domain, result)
}

/** Notes where the first result of a scenario on a loadout stands. */
export function noteRow(
  survey: Survey,
  { domain, name, loadout }: ReportedResult,
  row: number,
): void {
  const outcomes = survey.domains.get(domain)?.scenarios.get(name)
  const outcome = outcomes?.find((one) => one.loadout === loadout)
  if (outcome?.row === null) outcome.row = row
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
    scenarios: new Map(),
    metrics: new Map(),
    own: new Map(),
    derived: new Set(),
    doubtful: new Set(),
    flags: new Set(),
    tallies: new Map(),
    attachments: 0,
    logs: 0,
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
  domain.hasRepeats ||= result.repeat > 0
  domain.hasCold ||= result.cold === true
  for (const flag of result.flags) lookAtFlag(domain, flag)
  domain.hasRetries ||= result.retries > 0
  getOrMake(domain.tallies, result.loadout, () => ({
    title: loadoutTitle(result),
    tally: new Tally(),
  })).tally.add(result)
}

function lookAtFlag(domain: DomainSurvey, flag: string): void {
  if (domain.flags.has(flag)) return
  domain.flags.add(flag)
  for (const key of DOUBTFUL[flag] ?? []) domain.doubtful.add(key)
}

function place({ scenarios }: DomainSurvey, { name, loadout, status }: ReportedResult): void {
  const outcomes = getOrMake(scenarios, name, () => [])
  let outcome = outcomes.find((one) => one.loadout === loadout)
  if (outcome === undefined) {
    outcome = { loadout, passed: 0, all: 0, worst: status, row: null }
    outcomes.push(outcome)
  }
  outcome.all += 1
  if (status === 'PASSED') outcome.passed += 1
  if (SEVERITY[status] > SEVERITY[outcome.worst]) outcome.worst = status
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
