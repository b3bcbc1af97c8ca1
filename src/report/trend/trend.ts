import { type ScenarioResult, stemOfName } from '../../events/index.ts'
import { wildcard } from '../../plan/wildcard.ts'
import { type LoadoutFigures, readFigures } from '../gates/figures.ts'
import { readSession } from '../session/index.ts'
import type { SessionReport } from '../session/types.ts'

/** One number over runs. */
export interface Series {
  domain: string
  /** Model URIs joined by ` + `. */
  loadout: string
  /** Null for the loadout as a whole. */
  scenario: string | null
  /** One for each run, oldest first. */
  points: Point[]
}

export interface Point {
  session: string
  startedAt: string | null
  /** Null where the run does not tell it. */
  value: number | null
  /** How many results it is of. */
  n: number
}

export interface Trend {
  schema_version: number
  metric: string
  /** In the order in which runs first had them. */
  series: Series[]
  /** Runs that were looked at, oldest first. */
  sessions: string[]
  /** Runs that are not among them, with the reason. */
  left_out: { session: string; why: string }[]
}

export interface TrendOptions {
  /** A key of the catalogue, `duration`, `pass_rate`, or a measure of a scenario's author. */
  metric: string
  domain?: string | undefined
  /** A glob of the loadout's name or models. */
  loadout?: string | undefined
  /** A glob of the scenario's name or file stem; makes a series for each scenario. */
  scenario?: string | undefined
  /** Called before each session is read. */
  onSession?: (name: string) => void
}

const SCHEMA_VERSION = 1

/** Follows a number over sessions, oldest first. Runs that are not whole are left out: they ran other scenarios. */
export async function readTrend(
  directories: readonly string[],
  options: TrendOptions,
): Promise<Trend> {
  const { metric } = options
  const trend: Trend = {
    schema_version: SCHEMA_VERSION,
    metric,
    series: [],
    sessions: [],
    left_out: [],
  }
  const series = new Map<string, Series>()
  for (const directory of directories) {
    // oxlint-disable-next-line no-await-in-loop -- one session at a time is in memory
    const report = await readSession(directory)
    options.onSession?.(report.name)
    const why = reasonToLeaveOut(report)
    if (why !== null) {
      trend.left_out.push({ session: report.name, why })
      continue
    }
    trend.sessions.push(report.name)
    // oxlint-disable-next-line no-await-in-loop -- see above
    for (const [key, figures] of await readFigures(report, wanted(options), groupOf(options))) {
      const known = series.get(key) ?? newSeries(figures, key, options)
      series.set(key, known)
      known.points.push(pointOf(figures, metric, report))
    }
  }
  trend.series = [...series.values()].filter(({ points }) =>
    points.some(({ value }) => value !== null),
  )
  return trend
}

function reasonToLeaveOut({ kind, judgement }: SessionReport): string | null {
  if (kind !== 'plan') return 'not a run of a whole plan'
  return judgement.verdict === 'whole' ? null : judgement.sentence
}

function wanted({ domain, loadout, scenario }: TrendOptions) {
  const loadouts = loadout === undefined ? null : wildcard(loadout)
  const scenarios = scenario === undefined ? null : wildcard(scenario)
  return (result: ScenarioResult): boolean => {
    if (domain !== undefined && result.domain !== domain) return false
    const { models, name } = result
    const names = [result.loadout, models.join(' + '), ...models]
    if (loadouts !== null && !names.some((one) => loadouts.test(one))) return false
    return scenarios === null || scenarios.test(name) || scenarios.test(stemOfName(name))
  }
}

function groupOf({ scenario }: TrendOptions): (result: ScenarioResult) => string {
  return scenario === undefined ? () => '' : ({ name }) => name
}

function newSeries(
  { domain, models, loadout }: LoadoutFigures,
  key: string,
  { scenario }: TrendOptions,
): Series {
  const name = key.split('|').slice(2).join('|')
  const title = models.join(' + ') || loadout
  return { domain, loadout: title, scenario: scenario === undefined ? null : name, points: [] }
}

function pointOf(
  figures: LoadoutFigures,
  metric: string,
  { name, startedAt }: SessionReport,
): Point {
  const { passed, failed, missing, interrupted } = figures.counts
  const ran = passed + failed + missing + interrupted
  if (metric === 'pass_rate') {
    return { session: name, startedAt, value: ran === 0 ? null : passed / ran, n: ran }
  }
  const figure = figures.figure(metric)
  return { session: name, startedAt, value: figure?.value ?? null, n: figure?.n ?? 0 }
}
