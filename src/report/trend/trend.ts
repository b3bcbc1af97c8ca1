import { type ScenarioResult, stemOfName } from '../../events/index.ts'
import { describedAs } from '../../metrics/speed-keys.ts'
import { wildcard } from '../../plan/wildcard.ts'
import { readSession } from '../session/index.ts'
import type { SessionReport } from '../session/types.ts'
import { type Night, readNight } from './night.ts'
import { seriesOf } from './points.ts'
import { TrendRemarks } from './remarks.ts'
import type { LeftOut, Trend } from './types.ts'

export interface TrendOptions {
  /** A key of the catalogue, `duration`, `pass_rate`, or a measure of a scenario's author. */
  metric: string
  domain?: string | undefined
  /** A glob of the loadout's name or models. */
  loadout?: string | undefined
  /** A glob of the scenario's name, with or without its file stem and its group; makes a series for each scenario. */
  scenario?: string | undefined
  /** Sessions that the caller has left out already. */
  leftOut?: readonly LeftOut[]
  /** Called with each session once it is read. */
  onSession?: (session: SessionReport) => void
}

const SCHEMA_VERSION = 1
const BETWEEN = ' > '

/** Follows a number over sessions, oldest first. Runs that are not whole are left out: they ran other scenarios. */
export async function readTrend(
  directories: readonly string[],
  options: TrendOptions,
): Promise<Trend> {
  const { metric, scenario, leftOut = [] } = options
  const [sessions, left] = [[] as string[], [...leftOut]]
  const hosts = new Set<string>()
  const remarks = new TrendRemarks(metric)
  const all = new Map<string, Night[]>()
  for (const directory of directories) {
    // oxlint-disable-next-line no-await-in-loop -- one session at a time is in memory
    const report = await readSession(directory)
    options.onSession?.(report)
    const why = reasonToLeaveOut(report)
    if (why !== null) {
      left.push({ session: report.name, why })
      continue
    }
    sessions.push(report.name)
    hosts.add(report.machine?.name ?? report.host?.cpu ?? 'unknown')
    remarks.begin(report.name)
    const isWanted = wanted(options)
    const wants = (result: ScenarioResult): boolean => {
      if (!isWanted(result)) return false
      remarks.add(result)
      return true
    }
    const asked = { wants, byScenario: scenario !== undefined }
    // oxlint-disable-next-line no-await-in-loop -- see above
    for (const [key, night] of await readNight(report, metric, asked)) {
      const known = all.get(key) ?? []
      all.set(key, known)
      known.push(night)
    }
  }
  const series = [...all.values()].map((nights) => seriesOf(metric, nights))
  const [telling, silent] = [true, false].map((tells) =>
    series.filter(({ points }) => points.some(({ value }) => value !== null) === tells),
  )
  const about = [...all.values()].flat().find((night) => night.about !== undefined)?.about
  return {
    schema_version: SCHEMA_VERSION,
    metric,
    better: metric === 'pass_rate' ? 'higher' : ((about ?? describedAs(metric))?.better ?? null),
    series: telling ?? [],
    sessions,
    hosts: [...hosts],
    remarks: remarks.list(),
    left_out: left.toSorted((a, b) => (a.session < b.session ? -1 : 1)),
    silent: (silent ?? []).map(({ domain, loadout, scenario: name }) =>
      [domain, loadout, ...(scenario === undefined ? [] : ['›', name])].join(' '),
    ),
  }
}

function reasonToLeaveOut({ kind, judgement }: SessionReport): string | null {
  if (kind !== 'plan') return NOT_WHOLE_PLAN
  return judgement.verdict === 'whole' ? null : judgement.sentence
}

/** Why a run of a part of a plan is left out. */
export const NOT_WHOLE_PLAN = 'not a run of a whole plan'

function wanted({ domain, loadout, scenario }: TrendOptions) {
  const loadouts = loadout === undefined ? null : wildcard(loadout)
  const scenarios = scenario === undefined ? null : wildcard(scenario)
  return (result: ScenarioResult): boolean => {
    if (domain !== undefined && result.domain !== domain) return false
    const { models, name } = result
    const names = [result.loadout, models.join(' + '), ...models]
    if (loadouts !== null && !names.some((one) => loadouts.test(one))) return false
    return scenarios === null || namesOf(name).some((one) => scenarios.test(one))
  }
}

/** As a person may call a scenario: `stem > group > test`, `group > test`, `test` or `stem`. */
function namesOf(name: string): string[] {
  const parts = name.split(BETWEEN)
  return [stemOfName(name), ...parts.map((_, at) => parts.slice(at).join(BETWEEN))]
}
