import type { Domain, OwnMeasure, ScenarioStatus } from '../../events/index.ts'
import type { ReportedResult } from '../session/index.ts'
import { merged, Tally } from './tally.ts'

/** What the results of a session have, and come to: learned in one pass, before anything is written. */
export interface Survey {
  results: number
  /** Those that failed, are missing or were interrupted. */
  notPassed: number
  domains: Map<Domain, DomainSurvey>
  /** Scenarios in the order of the results, each with its outcome on each loadout. */
  scenarios: Map<string, ScenarioRow>
}

/** The same of one domain. */
export interface DomainSurvey {
  results: number
  /** Metrics that at least one result has, and what they are. */
  metrics: Map<string, 'number' | 'text' | 'list'>
  own: Map<string, OwnMeasure>
  /** Metrics that at least one result did not state itself. */
  derived: Set<string>
  /** By loadout. */
  tallies: Map<string, LoadoutTally>
  /** The most that a result has. */
  attachments: number
  logs: number
  hasRepeats: boolean
  hasCold: boolean
  hasFlags: boolean
  hasRetries: boolean
}

export interface LoadoutTally {
  title: string
  tally: Tally
}

/** A line of the matrix. */
export interface ScenarioRow {
  domain: Domain
  name: string
  /** One for each loadout that it ran on; nearly always few. */
  outcomes: Outcome[]
}

/** How a scenario went on one loadout, all repeats together. */
export interface Outcome {
  loadout: string
  passed: number
  all: number
  worst: ScenarioStatus
  /** Row of its first result in the sheet of the domain. */
  row: number
}

const SEVERITY: Record<ScenarioStatus, number> = {
  PASSED: 0,
  SKIPPED: 1,
  INTERRUPTED: 2,
  MISSING: 3,
  FAILED: 4,
}

/** Goes through all results once. */
export async function surveyResults(results: AsyncIterable<ReportedResult>): Promise<Survey> {
  const survey: Survey = { results: 0, notPassed: 0, domains: new Map(), scenarios: new Map() }
  for await (const result of results) {
    const domain = getOrMake(survey.domains, result.domain, newDomain)
    survey.results += 1
    domain.results += 1
    if (isNotPassed(result.status)) survey.notPassed += 1
    look(domain, result)
    // Under the header.
    place(survey, result, domain.results + 1)
  }
  return survey
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
    tallies: new Map(),
    attachments: 0,
    logs: 0,
    hasRepeats: false,
    hasCold: false,
    hasFlags: false,
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
  domain.hasFlags ||= result.flags.length > 0
  domain.hasRetries ||= result.retries > 0
  getOrMake(domain.tallies, result.loadout, () => ({
    title: loadoutTitle(result),
    tally: new Tally(),
  })).tally.add(result)
}

function place(
  { scenarios }: Survey,
  { domain, name, loadout, status }: ReportedResult,
  row: number,
) {
  const scenario = getOrMake(scenarios, `${domain}|${name}`, () => ({
    domain,
    name,
    outcomes: [],
  }))
  let outcome = scenario.outcomes.find((one) => one.loadout === loadout)
  if (outcome === undefined) {
    outcome = { loadout, passed: 0, all: 0, worst: status, row }
    scenario.outcomes.push(outcome)
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
