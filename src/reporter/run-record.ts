import type { SerializedError, TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { AttemptRecord } from '../services/lease-protocol.ts'
import { type AttemptOutcome, outcomesOf, STATUS } from './attempts.ts'
import { ColdStarts } from './cold-starts.ts'
import {
  type AttemptProgress,
  closeFile,
  type FileProgress,
  interrupted,
  NEVER_RAN,
  progressOf,
  reasonOfLoss,
  repeatsOf,
  suiteErrors,
  unfinished,
  unlessRefused,
} from './file-progress.ts'
import { fileIdentity, moduleKey, rowId, type ScenarioIdentity, testIdentity } from './identity.ts'
import { LogMarks } from './log-marks.ts'
import { type OpenRun, rangesBetween, spanOf } from './run-host.ts'
import { Repeats } from './repeats.ts'
import { RowTotals } from './row-totals.ts'
import { buildRow } from './rows.ts'
import { placedText, type ReportedError } from './scenario-errors.ts'
import { type RunContext, skippedByAuthor } from './selection.ts'
import { Starts } from './starts.ts'

/**
 * Turns what Vitest reports of one run into events and rows, also the rows that Vitest does not give: for
 * a file that does not load, a worker that is lost, and whatever a cancel left.
 */
export class RunRecord {
  readonly #run: OpenRun
  readonly #context: RunContext
  readonly #files = new Map<string, FileProgress>()
  readonly #attempts = new Map<string, AttemptProgress>()
  readonly #starts = new Starts()
  readonly #cold = new ColdStarts()
  readonly #repeats = new Repeats((summary) => this.#run.record(summary))
  readonly #marks: LogMarks
  /** How many rows are expected. */
  readonly totals: RowTotals = new RowTotals((event) => this.#run.record(event))
  #cancelled = false
  #failed = false

  constructor(run: OpenRun, context: RunContext, specifications: readonly TestSpecification[]) {
    this.#run = run
    this.#marks = new LogMarks(run)
    this.#context = context
    for (const specification of specifications) {
      const target = context.target(specification.project.name)
      if (target === null) continue
      this.#files.set(moduleKey(specification), progressOf(target, specification))
    }
  }

  /** Whether a row or an error makes this run a failure. */
  get failed(): boolean {
    return this.#failed
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  /** From now on what ends otherwise than passed was interrupted. */
  cancel(reason: string): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#run.record({ type: 'cancelled', reason })
    this.#run.cancel(reason)
  }

  collected(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file) return
    file.module = module
    const tests = [...module.children.allTests()].filter((test) => this.#expectsRow(test, file))
    const rows = tests.reduce((sum, test) => sum + repeatsOf(test, file.target), 0)
    const { moduleId } = module
    this.totals.correct({ key: moduleKey(module), file: moduleId, target: file.target, rows })
  }

  started(test: TestCase): void {
    const file = this.#files.get(moduleKey(test.module))
    if (!file || file.ended || test.options.mode !== 'run') return
    file.running.set(test.id, { started: Date.now(), marks: this.#marks.of(file.target) })
    this.#starts.add(test, () => {
      const identity = this.#identity(test, file)
      const { name, file: path } = identity
      const { domain, loadout, models } = file.target
      const id = rowId(identity, 0)
      this.#run.record({ type: 'scenario_started', id, name, file: path, domain, loadout, models })
    })
  }

  /** What a worker tells of an attempt before Vitest reports its test. */
  attempted(test: TestCase, record: AttemptRecord): void {
    const file = this.#files.get(moduleKey(test.module))
    if (!file) return
    const progress = this.#attempts.get(test.id) ?? { recorded: new Set(), record: undefined }
    this.#attempts.set(test.id, progress)
    progress.record = record
    const { outcome, repeat } = record
    const last = repeatsOf(test, file.target) - 1
    // The last repeat waits for Vitest's own result, which knows what broke after the worker's last word.
    if (!outcome || repeat >= last) return
    progress.recorded.add(repeat)
    this.#record(test, file, { ...outcome, repeat, status: STATUS[outcome.status] })
    progress.record = undefined
  }

  finished(test: TestCase): void {
    this.#starts.drop(test)
    const file = this.#files.get(moduleKey(test.module))
    if (!file || file.ended || file.reported.has(test.id)) return
    const outcomes = outcomesOf(test).map(unlessRefused(this.#run.facts(file.target)))
    const skipped = outcomes.every(({ status }) => status === 'SKIPPED')
    // A hook failed or the run was cancelled: which of them shows when the file has ended.
    if (skipped && test.attempts().length === 0 && test.options.mode === 'run') return
    file.reported.add(test.id)
    if (!skipped || this.#expectsRow(test, file)) {
      const recorded = this.#attempts.get(test.id)?.recorded
      const givenUp = this.#cancelled && test.options.mode === 'run'
      for (const outcome of givenUp ? outcomes.map(interrupted) : outcomes) {
        if (!recorded?.has(outcome.repeat)) this.#record(test, file, outcome)
      }
    }
    file.running.delete(test.id)
    this.#attempts.delete(test.id)
  }

  /** A file has ended: its remaining tests get their rows. */
  ended(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file || file.ended) return
    const told = new Set<ReportedError>()
    const tests = [...module.children.allTests()]
    for (const test of tests) {
      // Vitest handles the updates of a worker side by side: the end of a file may overtake its results.
      if (test.result().state !== 'pending') this.finished(test)
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      const outcome = unfinished(test, this.#cancelled)
      for (const error of outcome.errors) told.add(error)
      this.#record(test, file, outcome)
    }
    const errors = [...suiteErrors(module)].filter((error) => !told.has(error))
    if (tests.length === 0 && errors.length > 0) this.#recordFile(file, 'FAILED', errors)
    else for (const error of errors) this.#errorOf(file, error)
    closeFile(file)
  }

  /** The run has ended: files that never ended lost their worker, or were cancelled. */
  async complete(
    errors: readonly SerializedError[],
    parse: (specification: TestSpecification) => Promise<TestModule | null>,
  ): Promise<void> {
    for (const error of errors) this.error(error)
    const reason = reasonOfLoss(errors as readonly ReportedError[])
    for (const file of this.#files.values()) {
      if (file.ended) continue
      // oxlint-disable-next-line no-await-in-loop -- few files, and their rows keep the plan's order
      const module = file.module ?? (this.#cancelled ? await parse(file.specification) : null)
      if (module === null) {
        const lost = { message: `The worker of this file was lost: ${reason}` }
        if (this.#cancelled) this.#recordFile(file, 'INTERRUPTED', [])
        else this.#recordFile(file, 'FAILED', [lost])
      } else {
        this.#recordLost(file, module, reason)
      }
      closeFile(file)
    }
  }

  error(error: SerializedError): void {
    this.#failed = true
    const message = placedText(error as ReportedError, this.#context.root)
    this.#run.record({ type: 'error', message, stack: (error as ReportedError).stack ?? null })
  }

  console(
    test: TestCase | null,
    file: string | null,
    type: 'stdout' | 'stderr',
    text: string,
  ): void {
    const progress = test && this.#files.get(moduleKey(test.module))
    const scenario = progress ? rowId(this.#identity(test, progress), 0) : null
    this.#run.record({ type: 'console', scenario, file, stream: type, text })
  }

  /** An error of a file that no row of it tells. */
  #errorOf({ specification }: FileProgress, error: ReportedError): void {
    this.error({ ...error, VITEST_TEST_PATH: specification.moduleId } as SerializedError)
  }

  #recordLost(file: FileProgress, module: TestModule, reason: string): void {
    const lost = { message: `The worker that ran this scenario was lost: ${reason}` }
    for (const test of module.children.allTests()) {
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      const started = file.running.get(test.id)?.started ?? null
      const ran = started !== null && !this.#cancelled
      const unrun = test.options.mode === 'run' ? 'INTERRUPTED' : 'SKIPPED'
      const errors = ran ? [lost] : []
      this.#record(test, file, { ...NEVER_RAN, started, status: ran ? 'FAILED' : unrun, errors })
    }
  }

  #record(test: TestCase, file: FileProgress, outcome: AttemptOutcome): void {
    const before = outcome.started === null ? undefined : file.running.get(test.id)
    const logs = before ? rangesBetween(before.marks, this.#marks.of(file.target)) : []
    const record = this.#attempts.get(test.id)?.record
    this.#write(file, this.#identity(test, file), outcome, record, logs)
  }

  #recordFile(file: FileProgress, status: 'FAILED' | 'INTERRUPTED', errors: ReportedError[]): void {
    const identity = fileIdentity(file.specification.moduleId, this.#context.root, file.target)
    this.#write(file, identity, { ...NEVER_RAN, status, errors }, undefined, [])
  }

  #write(
    { target }: FileProgress,
    identity: ScenarioIdentity,
    outcome: AttemptOutcome,
    record: AttemptRecord | undefined,
    logs: ReturnType<typeof rangesBetween>,
  ): void {
    const facts = this.#run.facts(target)
    const cold = this.#cold.isCold(target, outcome, facts)
    const span = spanOf(this.#run, outcome)
    const { root } = this.#context
    const result = buildRow({ identity, outcome, record, facts, span, cold, logs, root })
    if (result.status !== 'PASSED' && result.status !== 'SKIPPED') this.#failed = true
    this.#run.record({ type: 'scenario_ended', domain: target.domain, result })
    this.#repeats.add(result, identity.repeats)
  }

  #identity(test: TestCase, { target }: FileProgress): ScenarioIdentity {
    return testIdentity(test, this.#context.root, target)
  }

  #expectsRow(test: TestCase, { specification }: FileProgress): boolean {
    return skippedByAuthor(test, { ...this.#context.selection, specification })
  }
}
