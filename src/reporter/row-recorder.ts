import { thrownText } from '../host/thrown-text.ts'
import { type Cause, causeOf, type LogRange, type ScenarioResult } from '../events/index.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { KnownResult } from '../session/resume/resume-point.ts'
import type { LoadoutFacts, SpanFacts } from '../services/loadouts/loadout-book.ts'
import { type AttemptOutcome, NEVER_RAN } from './attempts.ts'
import type { FileProgress } from './file-progress.ts'
import { fileIdentity, moduleKey, rowId, type ScenarioIdentity } from './identity.ts'
import { Repeats } from './repeats.ts'
import { buildRow, ColdStarts } from './rows.ts'
import type { OpenRun } from './run-host.ts'
import type { RowTotals } from './row-totals.ts'
import type { ReportedError } from './scenario-errors.ts'

/** What earlier parts of a run that was resumed have of a test. */
export interface EarlierResults {
  /** Its other results. */
  others: readonly KnownResult[]
  /** The one that is given again. */
  replaced: KnownResult | undefined
}

const NOTHING_EARLIER: EarlierResults = { others: [], replaced: undefined }

/** Records rows, each with what the run knows of its loadout and of the machine at that time. */
export class RowRecorder {
  /** Whether a row makes the run a failure. */
  failed = false
  /** Why the run was cancelled. */
  cancelled: string | null = null
  readonly #run: OpenRun
  readonly #root: string
  readonly #totals: RowTotals
  readonly #cold = new ColdStarts()
  /** Ids of those that are told. */
  readonly #causes = new Set<string>()
  readonly #repeats = new Repeats((summary) => this.#run.record(summary))

  constructor(run: OpenRun, root: string, totals: RowTotals) {
    this.#totals = totals
    this.#run = run
    this.#root = root
  }

  record(
    identity: ScenarioIdentity,
    outcome: AttemptOutcome,
    record: AttemptRecord | undefined,
    logs: LogRange[],
    earlier: EarlierResults = NOTHING_EARLIER,
  ): void {
    const { target } = identity
    const facts = this.#run.book.facts(target)
    const cold = this.#cold.isCold(target, outcome, facts)
    const span = this.#spanOf(target, outcome, facts)
    const root = this.#root
    const { before } = this.#run
    const around = { identity, facts, span, cold, logs, root, before, replaced: earlier.replaced }
    let result: ScenarioResult
    try {
      result = buildRow({ ...around, outcome, record })
    } catch (error) {
      const unreadable = this.#unreadable(outcome, error)
      result = buildRow({ ...around, outcome: unreadable, record: undefined })
    }
    if (result.status !== 'PASSED' && result.status !== 'SKIPPED') this.failed = true
    const cause = this.#causeOf(result, outcome, facts)
    if (cause !== null) result.cause = cause.id
    this.#run.record({ type: 'scenario_ended', domain: target.domain, result })
    if (cause !== null) this.#tell(cause, result, facts)
    this.#repeats.add(result, identity.repeats, earlier.others)
  }

  #causeOf(
    result: ScenarioResult,
    { lost = null }: AttemptOutcome,
    { failure, setupTime, deaths }: LoadoutFacts,
  ): Cause | null {
    return causeOf(result, {
      failure: failure?.message ?? null,
      wasUp: setupTime !== null,
      deaths: deaths.map(({ message }) => message),
      lost,
      cancelled: this.cancelled,
    })
  }

  #tell({ id, kind, message }: Cause, { name, errors }: ScenarioResult, facts: LoadoutFacts): void {
    if (this.#causes.has(id)) return
    this.#causes.add(id)
    const { failure, deaths } = facts
    const told =
      kind === 'cancel' ||
      (failure !== null && message.includes(failure.message)) ||
      // The end of a service has an event of its own.
      deaths.some((death) => death.message === message)
    const said = new Set(errors.map((error) => error.message))
    const messages = kind === 'failure' ? [...said] : [message]
    this.#run.record({ type: 'cause_found', id, kind, name, messages, told })
  }

  recordStart(identity: ScenarioIdentity, repeat = 0): void {
    const { name, file, target } = identity
    const { domain, loadout, models } = target
    const id = rowId(identity, repeat)
    this.#run.record({ type: 'scenario_started', id, name, file, domain, loadout, models })
  }

  /** All tests of a file have their rows. */
  recordFileEnd({ target, specification }: FileProgress): void {
    const { file } = fileIdentity(specification.moduleId, this.#root, target)
    const { domain, loadout } = target
    this.#run.record({ type: 'file_ended', domain, loadout, file })
  }

  /** A file takes its time to load. */
  recordLoading({ target, specification }: FileProgress): void {
    const { name, file } = fileIdentity(specification.moduleId, this.#root, target)
    const { domain, loadout, models } = target
    this.#run.record({ type: 'file_loading', name, file, domain, loadout, models })
  }

  /** A row of a test that cannot be told what became of. */
  recordUnreadable(identity: ScenarioIdentity, error: unknown): void {
    const outcome = this.#unreadable({ ...NEVER_RAN, status: 'FAILED', errors: [] }, error)
    this.record(identity, outcome, undefined, [])
  }

  /** A row that stands for a whole file. */
  recordFile(
    file: FileProgress,
    status: 'FAILED' | 'INTERRUPTED',
    errors: readonly ReportedError[],
  ): void {
    const { target, specification } = file
    const { moduleId: name } = specification
    file.rows += 1
    const key = moduleKey(specification)
    this.#totals.correct({ key, file: name, target, rows: 1, tests: 1 })
    const identity = fileIdentity(name, this.#root, target)
    this.record(identity, { ...NEVER_RAN, status, errors }, undefined, [])
  }

  /** What the machine did while an attempt ran: of a loadout that was never up it tells nothing. */
  #spanOf(
    target: ScenarioIdentity['target'],
    { started, duration }: AttemptOutcome,
    { setupTime }: LoadoutFacts,
  ): SpanFacts {
    if (started === null || setupTime === null) return { vramPeak: null, flags: [] }
    const ended = duration === null ? Date.now() : started + duration
    return this.#run.book.span(target, started, ended)
  }

  #unreadable(outcome: AttemptOutcome, error: unknown): AttemptOutcome {
    const message = `The result of this scenario could not be read: ${thrownText(error)}`
    const stack = error instanceof Error ? (error.stack ?? null) : null
    this.#run.record({ type: 'error', message, stack })
    return { ...outcome, status: 'FAILED', errors: [{ message }] }
  }
}
