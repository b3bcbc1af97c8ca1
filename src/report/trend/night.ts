import { own } from '../../host/own.ts'
import { loadoutKey, type ScenarioResult } from '../../events/index.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { type About, describedAs } from '../../metrics/speed-keys.ts'
import { readResults } from '../session/index.ts'
import type { LoadoutReport, SessionReport } from '../session/types.ts'

/** What a series is made of in one night: the results of a loadout, or of one of its scenarios. */
export interface Night {
  session: string
  startedAt: string | null
  domain: string
  /** Model URIs joined by ` + `. */
  loadout: string
  /** Null for the loadout as a whole. */
  scenario: string | null
  about: About
  /** What the session tells of the loadout as a whole; null for one of its scenarios. */
  own: number | null
  /** By the scenario's name: each attempt that was not skipped. */
  cases: Map<string, Attempt[]>
}

export interface Attempt {
  status: ScenarioResult['status']
  cold: boolean
  value: number | null
  /** Substituted, deleted, inserted and hit; null for what is no error rate. */
  counts: readonly number[] | null
}

/** Facts of a loadout as a whole. */
const OF_LOADOUT: Readonly<Record<string, keyof LoadoutReport>> = {
  setup_time: 'setupTime',
  cleanup_time: 'cleanupTime',
  vram_prior: 'vramPrior',
  vram_loaded: 'vramLoaded',
  vram_peak: 'vramPeak',
  vram_after: 'vramAfter',
}

/** Reads one number of a session's results, by loadout or, where `byScenario`, by scenario. */
export async function readNight(
  report: SessionReport,
  metric: string,
  { wants, byScenario }: { wants: (result: ScenarioResult) => boolean; byScenario: boolean },
): Promise<Map<string, Night>> {
  const nights = new Map<string, Night>()
  for await (const result of readResults(report.directory)) {
    if (!wants(result)) continue
    const key = `${loadoutKey(result)}|${byScenario ? result.name : ''}`
    const night = nights.get(key) ?? newNight(report, metric, result, byScenario)
    nights.set(key, night)
    addResult(night, metric, result)
  }
  return nights
}

function newNight(
  report: SessionReport,
  metric: string,
  { domain, loadout, models, name }: ScenarioResult,
  byScenario: boolean,
): Night {
  const whole = report.loadouts.find((one) => one.domain === domain && one.loadout === loadout)
  const field = own(OF_LOADOUT, metric)
  const number = byScenario || field === undefined ? null : (whole?.[field] ?? null)
  return {
    session: report.name,
    startedAt: report.startedAt,
    domain,
    loadout: models.join(' + ') || loadout,
    scenario: byScenario ? name : null,
    about: describedAs(metric),
    own: typeof number === 'number' ? number : null,
    cases: new Map(),
  }
}

function addResult(night: Night, metric: string, result: ScenarioResult): void {
  const { name, status, cold, metrics, measures } = result
  night.about ??= describedAs(metric, measures)
  if (status === 'SKIPPED') return
  const { duration, vram_prior, vram_peak, vram_loaded, setup_time } = result
  const beside = { duration, vram_prior, vram_peak, vram_loaded, setup_time }
  const all: Readonly<Record<string, unknown>> = { ...metrics, ...beside }
  const value = own(all, metric)
  const counts = all[own(ERROR_COUNTS, metric) ?? '']
  const attempts = night.cases.get(name) ?? []
  night.cases.set(name, attempts)
  attempts.push({
    status,
    cold: cold === true,
    value: typeof value === 'number' && Number.isFinite(value) ? value : null,
    counts: Array.isArray(counts) ? counts : null,
  })
}
