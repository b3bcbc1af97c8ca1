import type { JournalEntry, ScenarioResult } from '../../events/index.ts'
import { applyToState, count, initialState, noCounts } from '../../session/projections/state.ts'
import { LoadoutReports } from './loadout-reports.ts'
import { ServiceReports } from './service-reports.ts'
import type { SessionReport } from './types.ts'
import { refuseNewer } from './version.ts'

/** So many errors are kept. */
const MOST_ERRORS = 1_000

/** What the events and results of a session tell of its run, gathered one by one. */
export class Story {
  readonly counts = noCounts()
  readonly loadouts = new LoadoutReports()
  readonly services = new ServiceReports()
  readonly errors: SessionReport['errors'][number][] = []
  readonly gates: SessionReport['gates'][number][] = []
  /** When the first result started. */
  firstResult: string | null = null
  /** Why the run was cancelled. */
  cancelled: string | null = null
  endedAt: string | null = null
  /** Seconds, as the end states it. */
  duration: number | null = null
  /** Time of the last event that the run itself recorded. */
  lastSign: string | null = null
  /** Names of the scenarios that were running when the run died, where somebody has recorded that. */
  broken: string[] = []
  #interrupted: string[] = []
  readonly #state = initialState('')

  /** What was being done last, the end itself left out. */
  get action(): string {
    return this.#state.action
  }

  take(entry: JournalEntry): void {
    this.loadouts.take(entry)
    this.services.take(entry)
    if (entry.type === 'run_ended') return this.#end(entry)
    applyToState(this.#state, entry)
    const isInterrupted = entry.type === 'scenario_ended' && entry.result.status === 'INTERRUPTED'
    // Those that are recorded for a dead run come just before its end.
    if (isInterrupted) this.#interrupted.push(entry.result.name)
    else {
      this.#interrupted = []
      this.lastSign = entry.time
    }
    if (entry.type === 'scenario_ended') {
      refuseNewer('events.jsonl', entry.result.schema_version)
      this.#count(entry.result)
    } else if (entry.type === 'error' && this.errors.length < MOST_ERRORS) {
      this.errors.push({ time: entry.time, message: entry.message })
    } else if (entry.type === 'gate_checked') {
      const { gate, domain, loadout, status, limit, actual, message, fails } = entry
      this.gates.push({ gate, domain, loadout, status, limit, actual, message, fails })
    } else if (entry.type === 'cancelled') {
      this.cancelled = entry.reason
    }
  }

  /** Takes a result that no event told of. */
  addResult(result: ScenarioResult): void {
    this.loadouts.result(result)
    this.#count(result)
  }

  #count({ status, started_at }: ScenarioResult): void {
    count(this.counts, status)
    if (started_at !== null) this.firstResult ??= started_at
  }

  #end({ time, duration, recorded_by }: Extract<JournalEntry, { type: 'run_ended' }>): void {
    this.duration = duration
    if (recorded_by === 'run') {
      this.endedAt = time
      this.lastSign = time
    } else {
      this.endedAt = this.lastSign
      this.broken = this.#interrupted
    }
  }
}
