import type { ScenarioResult } from '../../events/index.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { percentile } from '../../metrics/latency.ts'
import { caseKey } from '../compare/cases.ts'
import { isWarmOnly, numbersOf } from '../compare/measure.ts'
import { hasHosts, hostsOfLoadout, readRun } from '../session/index.ts'
import { WithoutCounts } from '../without.ts'
import type { LoadoutReport, SessionReport } from '../session/types.ts'
import type { Night, NightCase, NightLoadout } from './types.ts'

/** Numbers that a session tells of a loadout as a whole. */
const OF_LOADOUTS = {
  setup_time: 'setupTime',
  cleanup_time: 'cleanupTime',
  vram_prior: 'vramPrior',
  vram_loaded: 'vramLoaded',
  vram_peak: 'vramPeak',
  vram_after: 'vramAfter',
} as const satisfies Record<string, keyof LoadoutReport>

/**
 * Reads a session as a night; all but the texts of its results.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function readNight(directory: string): Promise<Night> {
  const cases = new Map<string, Collected>()
  const without = new WithoutCounts()
  const { session } = await readRun(directory, (result) => {
    if (result.status === 'SKIPPED') return
    without.add(result)
    const key = caseKey(result.id)
    const known = cases.get(key) ?? new Collected(key, result)
    cases.set(key, known)
    known.add(result)
  })
  const night = nightOf(session)
  const loadouts = night.loadouts.map((one) => withLeftOut(one, without))
  return { ...night, loadouts, cases: [...cases.values()].map((one) => one.case()) }
}

function nightOf(session: SessionReport): Omit<Night, 'cases'> {
  const { name, directory, startedAt, kind, judgement, machine, engines, plan } = session
  const { verdict, sentence } = judgement
  const shown = plan && { name: plan.name, file: plan.file, sha256: plan.sha256 }
  const isOver = verdict !== 'running' && (session.result !== null || verdict === 'results_only')
  const run = { session: name, directory, startedAt, kind, verdict, sentence, isOver }
  const host = machine && { id: machine.id, name: machine.name }
  const loadouts = session.loadouts.map((one) => loadoutOf(one, session))
  const hosts = hasHosts(session) ? { areHosts: true } : {}
  const texts = session.scenarioTexts
  return { ...run, host, ...hosts, facts: factsOf(session), engines, plan: shown, texts, loadouts }
}

function factsOf({ host, runtime }: SessionReport): Night['facts'] {
  const gpus = host?.gpus ?? []
  return {
    CPU: host?.cpu ?? null,
    GPU: listed(gpus.map(({ model }) => model)) ?? (host === null ? null : 'none'),
    driver: listed(gpus.map(({ driver }) => driver)),
    system: host?.os ?? null,
    RAM: host?.ramGb == null ? null : `${Math.round(host.ramGb)} GB`,
    jarvis: runtime['jarvis'] ?? null,
    vitest: runtime['vitest'] ?? null,
    node: runtime['node'] ?? null,
  }
}

function listed(values: readonly (string | null)[]): string | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : [...new Set(known)].join(', ')
}

function loadoutOf(loadout: LoadoutReport, session: SessionReport): NightLoadout {
  const { domain, models, digests } = loadout
  const values = Object.entries(OF_LOADOUTS).flatMap(([key, field]) => {
    const value = loadout[field]
    return value === null ? [] : [[key, value] as const]
  })
  const title = models.join(' + ') || loadout.loadout
  const told = { domain, loadout: title, models, values: Object.fromEntries(values) }
  const host = hasHosts(session) ? hostsOfLoadout(session, loadout).join(', ') : ''
  return { ...told, ...(digests && { digests }), ...(host !== '' && { host }) }
}

function withLeftOut(one: NightLoadout, counts: WithoutCounts): NightLoadout {
  const without = counts.parametersOf(`${one.domain} ${one.loadout}`)
  return without === '' ? one : { ...one, without }
}

/** The results of one scenario on one loadout. */
class Collected {
  readonly #head: Pick<NightCase, 'key' | 'domain' | 'loadout' | 'name' | 'file'>
  readonly #values = new Map<string, { warm: number[]; cold: number[] }>()
  readonly #counts: Record<string, number[]> = {}
  #passed = 0
  #n = 0
  #retries = 0

  constructor(key: string, { domain, models, loadout, name, file }: ScenarioResult) {
    this.#head = { key, domain, loadout: models.join(' + ') || loadout, name, file }
  }

  add(result: ScenarioResult): void {
    const { status, retries } = result
    if (status === 'INTERRUPTED') return
    this.#n += 1
    this.#retries += retries
    if (status === 'PASSED') this.#passed += 1
    if (status === 'MISSING') return
    for (const { measure, value } of numbersOf(result)) {
      // A request that failed may have been quick to do so.
      if (status === 'FAILED' && measure.aspect !== 'quality') continue
      const isCold = result.cold === true && measure.aspect !== 'quality'
      if (isCold && isWarmOnly(measure.key)) continue
      const known = this.#values.get(measure.key) ?? { warm: [], cold: [] }
      this.#values.set(measure.key, known)
      known[isCold ? 'cold' : 'warm'].push(value)
    }
    for (const [rate, key] of Object.entries(ERROR_COUNTS)) {
      const counts = result.metrics[key]
      if (Array.isArray(counts)) this.#addCounts(rate, counts)
    }
  }

  case(): NightCase {
    const values = [...this.#values].flatMap(([key, { warm, cold }]) => {
      const of = warm.length > 0 ? warm : cold
      const name = warm.length > 0 ? key : `cold ${key}`
      const value = percentile(of, 50)
      return value === null ? [] : [[name, value] as const]
    })
    const outcome = { passed: this.#passed, n: this.#n, retries: this.#retries }
    return { ...this.#head, ...outcome, values: Object.fromEntries(values), counts: this.#counts }
  }

  #addCounts(rate: string, counts: readonly number[]): void {
    const known = this.#counts[rate] ?? counts.map(() => 0)
    this.#counts[rate] = known.map((count, at) => count + (counts[at] ?? 0))
  }
}
