import type { LogRange } from '../events/index.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { AttemptOutcome } from './attempts.ts'
import { ColdStarts } from './cold-starts.ts'
import { type FileProgress, NEVER_RAN } from './file-progress.ts'
import { fileIdentity, type ScenarioIdentity } from './identity.ts'
import { Repeats } from './repeats.ts'
import { buildRow } from './rows.ts'
import { type OpenRun, spanOf } from './run-host.ts'
import type { ReportedError } from './scenario-errors.ts'

/** Records rows, each with what the run knows of its loadout and of the machine at that time. */
export class RowRecorder {
  /** Whether a row makes the run a failure. */
  failed = false
  readonly #run: OpenRun
  readonly #root: string
  readonly #cold = new ColdStarts()
  readonly #repeats = new Repeats((summary) => this.#run.record(summary))

  constructor(run: OpenRun, root: string) {
    this.#run = run
    this.#root = root
  }

  record(
    identity: ScenarioIdentity,
    outcome: AttemptOutcome,
    record: AttemptRecord | undefined,
    logs: LogRange[],
  ): void {
    const { target } = identity
    const facts = this.#run.facts(target)
    const cold = this.#cold.isCold(target, outcome, facts)
    const span = spanOf(this.#run, outcome)
    const root = this.#root
    const result = buildRow({ identity, outcome, record, facts, span, cold, logs, root })
    if (result.status !== 'PASSED' && result.status !== 'SKIPPED') this.failed = true
    this.#run.record({ type: 'scenario_ended', domain: target.domain, result })
    this.#repeats.add(result, identity.repeats)
  }

  /** A row that stands for a whole file. */
  recordFile(
    { target, specification }: FileProgress,
    status: 'FAILED' | 'INTERRUPTED',
    errors: ReportedError[],
  ): void {
    const identity = fileIdentity(specification.moduleId, this.#root, target)
    this.record(identity, { ...NEVER_RAN, status, errors }, undefined, [])
  }
}
