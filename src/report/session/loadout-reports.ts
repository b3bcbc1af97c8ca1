import type { EventOf, JournalEntry, ScenarioResult } from '../../events/index.ts'
import { count, type LoadoutState, noCounts } from '../../session/projections/state.ts'
import type { LoadoutReport } from './types.ts'

type Open<Type> = { -readonly [Key in keyof Type]: Type[Key] }
type OpenLoadout = Open<LoadoutReport> & { logs: string[] }
type LoadoutName = Pick<LoadoutReport, 'domain' | 'loadout'>

/** Gathers what a run says of each loadout, event by event. */
export class LoadoutReports {
  readonly #reports = new Map<string, OpenLoadout>()
  /** Loadouts whose services are up or coming up: what is in use meanwhile counts for them. */
  readonly #up = new Set<string>()
  /** GB over all GPUs. */
  vramPeak: number | null = null

  take(entry: JournalEntry): void {
    if (entry.type === 'loadout_starting') this.#up.add(keyOf(this.#of(entry)))
    else if (entry.type === 'loadout_failed') this.#of(entry).failure ??= entry.message
    else if (entry.type === 'loadout_stopped') this.#up.delete(keyOf(entry))
    else if (entry.type === 'vram_leak') this.#of(entry).leak = leakSentence(entry)
    else if (entry.type === 'service_spawned' || entry.type === 'service_kept')
      this.#log(this.#of(entry), entry.log)
    else if (entry.type === 'scenario_ended') this.result(entry.result)
    else if (entry.type === 'sample') this.#sample(entry)
  }

  result(result: ScenarioResult): void {
    const report = this.#of(result)
    if (report.models.length === 0) report.models = result.models
    count(report.counts, result.status)
    report.scenarioTime += result.duration ?? 0
    report.setupTime ??= result.setup_time
    report.vramPrior ??= result.vram_prior
    report.vramLoaded ??= result.vram_loaded
    report.vramPeak = highest(report.vramPeak, result.vram_peak)
    this.vramPeak = highest(this.vramPeak, result.vram_peak)
    for (const { file } of result.logs) this.#log(report, file)
  }

  /** All of them, those of the plan first and in its order, with what the state knows of their lives. */
  list(states: readonly LoadoutState[]): LoadoutReport[] {
    const planned = states.map((state) => {
      const report = this.#of(state)
      const known = {
        models: state.models.length > 0 ? state.models : report.models,
        status: state.status,
        startedAt: state.started_at,
        readyAt: state.ready_at,
        stoppedAt: state.stopped_at,
        setupTime: state.setup_time ?? report.setupTime,
        runTime: state.run_time ?? null,
        cleanupTime: state.cleanup_time ?? null,
        vramPrior: state.vram_prior ?? report.vramPrior,
        vramLoaded: state.vram_loaded ?? report.vramLoaded,
        vramAfter: state.vram_after ?? null,
        restarts: state.restarts ?? 0,
      }
      return { ...report, ...known }
    })
    const names = new Set(states.map(keyOf))
    const others = [...this.#reports.values()].filter((report) => !names.has(keyOf(report)))
    return [...planned, ...others]
  }

  #sample({ gpus, stale }: EventOf<'sample'>): void {
    if (stale || gpus.length === 0) return
    let sum = 0
    for (const { vram_used } of gpus) {
      // One GPU that does not tell leaves the sum unknown.
      if (vram_used === null) return
      sum += vram_used
    }
    this.vramPeak = highest(this.vramPeak, sum)
    for (const key of this.#up) {
      const report = this.#reports.get(key)
      if (report !== undefined) report.vramPeak = highest(report.vramPeak, sum)
    }
  }

  #log(report: OpenLoadout, file: string): void {
    if (!report.logs.includes(file)) report.logs.push(file)
  }

  #of(name: LoadoutName): OpenLoadout {
    const known = this.#reports.get(keyOf(name))
    if (known !== undefined) return known
    const added = unknownLoadout(name)
    this.#reports.set(keyOf(name), added)
    return added
  }
}

function keyOf({ domain, loadout }: LoadoutName): string {
  return `${domain}|${loadout}`
}

function unknownLoadout({ domain, loadout }: LoadoutName): OpenLoadout {
  return {
    domain,
    loadout,
    models: [],
    status: 'stopped',
    counts: noCounts(),
    scenarioTime: 0,
    startedAt: null,
    readyAt: null,
    stoppedAt: null,
    setupTime: null,
    runTime: null,
    cleanupTime: null,
    vramPrior: null,
    vramLoaded: null,
    vramPeak: null,
    vramAfter: null,
    leak: null,
    failure: null,
    restarts: 0,
    logs: [],
  }
}

function highest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.max(one, other)
}

function leakSentence({ vram_prior, vram_after, processes }: EventOf<'vram_leak'>): string {
  const holders = processes.map(({ pid, name, vram }) => {
    return `${name} (pid ${pid}, ${vram === null ? 'n/a' : `${vram.toFixed(2)} GB`})`
  })
  const who = holders.length > 0 ? holders.join(', ') : 'the system does not tell what holds it'
  return `${(vram_after - vram_prior).toFixed(2)} GB did not come back: ${who}`
}
