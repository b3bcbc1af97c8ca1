import type { SerializedError, TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import { type AttemptOutcome, outcomesOf, STATUS } from './attempts.ts'
import { Backlog } from './backlog.ts'
import {
  type AttemptProgress,
  closeFile,
  type FileProgress,
  interrupted,
  lost,
  progressOf,
  reasonOfLoss,
  repeatsOf,
  suiteErrors,
  unfinished,
  unlessRefused,
} from './file-progress.ts'
import { moduleKey, rowId, type ScenarioIdentity, testIdentity, testsOf } from './identity.ts'
import { LogMarks } from './log-marks.ts'
import { type LogMark, type OpenRun, rangesBetween } from './run-host.ts'
import { RowRecorder } from './row-recorder.ts'
import { RowTotals } from './row-totals.ts'
import { placedText, type ReportedError } from './scenario-errors.ts'
import { type RunContext, skippedByAuthor } from './selection.ts'

/** Vitest's word for a run that `bail` ended. */
const BAIL = 'test-failure'

/**
 * Turns what Vitest reports of one run into events and rows, also the rows that Vitest does not give: for
 * a file that does not load, a worker that is lost, and whatever a cancel left.
 */
export class RunRecord {
  readonly #run: OpenRun
  readonly #context: RunContext
  readonly #files = new Map<string, FileProgress>()
  readonly #attempts = new Map<string, AttemptProgress>()
  readonly #backlog = new Backlog()
  /** Began, and their start is not told. */
  readonly #untold = new Set<TestCase>()
  readonly #rows: RowRecorder
  readonly #marks: LogMarks
  /** How many rows are expected. */
  readonly totals: RowTotals = new RowTotals((event) => this.#run.record(event))
  /** Milliseconds since the epoch. */
  #givenUpAt: number | null = null
  #bailed = false
  #failed = false

  constructor(run: OpenRun, context: RunContext, specifications: readonly TestSpecification[]) {
    this.#run = run
    this.#marks = new LogMarks(run)
    this.#context = context
    this.#rows = new RowRecorder(run, context.root)
    for (const specification of specifications) {
      const target = context.target(specification.project.name)
      if (target === null) continue
      this.#files.set(moduleKey(specification), progressOf(target, specification))
    }
  }

  /** Whether a row or an error makes this run a failure. */
  get failed(): boolean {
    return this.#failed || this.#rows.failed
  }

  /** Whether somebody cancelled it. That Vitest gave up after a failure, as `bail` asks, is a failure. */
  get cancelled(): boolean {
    return this.#givenUp && !this.#bailed
  }

  get #givenUp(): boolean {
    return this.#givenUpAt !== null
  }

  /** From now on what ends otherwise than passed was interrupted. */
  cancel(reason: string): void {
    if (this.#givenUp) return
    this.#backlog.flush()
    this.#givenUpAt = Date.now()
    this.#bailed = reason === BAIL
    const why = this.#bailed ? 'a scenario failed, and the run was to end there' : reason
    this.#run.record({ type: 'cancelled', reason: why })
    this.#run.cancel(why)
  }

  collected(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file) return
    file.module = module
    this.#backlog.add(() => {
      const wanted = testsOf(module).filter((test) => this.#expectsRow(test, file))
      const rows = wanted.reduce((sum, test) => sum + repeatsOf(test, file.target), 0)
      const key = moduleKey(module)
      this.totals.correct({ key, file: module.moduleId, target: file.target, rows })
    })
  }

  started(test: TestCase): void {
    const file = this.#files.get(moduleKey(test.module))
    if (!file || file.ended || test.options.mode !== 'run') return
    file.running.set(test.id, { started: Date.now(), marks: this.#marks.of(file.target) })
    this.#untold.add(test)
    // Vitest reports a short test with its end in one batch: then its start is no news.
    this.#backlog.add(() => {
      const isNews = this.#untold.delete(test)
      // The worker's word about a first repeat may come before Vitest's about the test.
      const isOver = this.#attempts.get(test.id)?.recorded.has(0)
      if (isNews && !isOver) this.#recordStart(test, file)
    })
  }

  /** What a worker tells of an attempt before Vitest reports its test. */
  attempted(test: TestCase, record: AttemptRecord): void {
    this.#backlog.flush()
    const file = this.#files.get(moduleKey(test.module))
    if (!file) return
    const recorded = this.#attempts.get(test.id)?.recorded ?? new Set()
    const progress: AttemptProgress = { recorded, record }
    this.#attempts.set(test.id, progress)
    const { outcome, repeat } = record
    const last = repeatsOf(test, file.target) - 1
    // The last repeat waits for Vitest's own result, which knows what broke after the worker's last word.
    if (!outcome || repeat >= last) return
    recorded.add(repeat)
    this.#record(test, file, { ...outcome, repeat, status: STATUS[outcome.status] })
    progress.record = undefined
  }

  finished(test: TestCase): void {
    this.#untold.delete(test)
    const file = this.#files.get(moduleKey(test.module))
    if (!file) return
    const marks = this.#marks.of(file.target)
    this.#backlog.add(() => this.#finish(test, file, marks))
  }

  /** A file has ended: its remaining tests get their rows. */
  ended(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file) return
    const marks = this.#marks.of(file.target)
    this.#backlog.add(() => this.#finishFile(module, file, marks))
  }

  /** The run has ended: files that never ended lost their worker, or were cancelled. */
  async complete(
    errors: readonly SerializedError[],
    parse: (specification: TestSpecification) => Promise<TestModule | null>,
  ): Promise<void> {
    this.#backlog.flush()
    for (const error of errors) this.error(error)
    const reason = reasonOfLoss(errors as readonly ReportedError[])
    for (const file of this.#files.values()) {
      if (file.ended) continue
      // oxlint-disable-next-line no-await-in-loop -- few files, and their rows keep the plan's order
      const module = file.module ?? (this.#givenUp ? await parse(file.specification) : null)
      if (module === null) {
        const message = `The worker of this file was lost: ${reason}`
        if (this.#givenUp) this.#rows.recordFile(file, 'INTERRUPTED', [])
        else this.#rows.recordFile(file, 'FAILED', [{ message }])
      } else if (this.#givenUp && testsOf(module).length === 0) {
        // Its text does not tell its tests: a function of the author's makes them.
        this.#rows.recordFile(file, 'INTERRUPTED', [])
      } else {
        this.#recordLost(file, module, reason)
      }
      closeFile(file)
    }
  }

  error(error: SerializedError | ReportedError): void {
    this.#backlog.flush()
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
    this.#backlog.add(() => {
      const progress = test && this.#files.get(moduleKey(test.module))
      const scenario = progress ? rowId(this.#identity(test, progress), 0) : null
      this.#run.record({ type: 'console', scenario, file, stream: type, text })
    })
  }

  #recordStart(test: TestCase, file: FileProgress): void {
    const identity = this.#identity(test, file)
    const named = { id: rowId(identity, 0), name: identity.name, file: identity.file }
    const { domain, loadout, models } = file.target
    this.#run.record({ type: 'scenario_started', ...named, domain, loadout, models })
  }

  #finish(test: TestCase, file: FileProgress, marks: readonly LogMark[]): void {
    if (file.ended || file.reported.has(test.id)) return
    const outcomes = outcomesOf(test).map(unlessRefused(this.#run.facts(file.target)))
    const skipped = outcomes.every(({ status }) => status === 'SKIPPED')
    // A hook failed or the run was cancelled: which of them shows when the file has ended.
    if (skipped && test.attempts().length === 0 && test.options.mode === 'run') return
    file.reported.add(test.id)
    if (!skipped || this.#expectsRow(test, file)) {
      const recorded = this.#attempts.get(test.id)?.recorded
      const at = test.options.mode === 'run' ? this.#givenUpAt : null
      for (const own of outcomes) {
        const outcome = at === null ? own : interrupted(own, at)
        if (!recorded?.has(outcome.repeat)) this.#record(test, file, outcome, marks)
      }
    }
    file.running.delete(test.id)
    this.#attempts.delete(test.id)
  }

  #finishFile(module: TestModule, file: FileProgress, marks: readonly LogMark[]): void {
    if (file.ended) return
    const told = new Set<ReportedError>()
    const tests = testsOf(module)
    for (const test of tests) {
      // Vitest handles the updates of a worker side by side: the end of a file may overtake its results.
      if (test.result().state !== 'pending') this.#finish(test, file, marks)
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      const outcome = unfinished(test, this.#givenUp)
      for (const error of outcome.errors) told.add(error)
      this.#record(test, file, outcome, marks)
    }
    const errors = [...suiteErrors(module)].filter((error) => !told.has(error))
    if (tests.length === 0 && errors.length > 0) this.#rows.recordFile(file, 'FAILED', errors)
    else for (const error of errors) this.error({ ...error, VITEST_TEST_PATH: module.moduleId })
    closeFile(file)
  }

  #recordLost(file: FileProgress, module: TestModule, reason: string): void {
    for (const test of testsOf(module)) {
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      const started = file.running.get(test.id)?.started ?? null
      this.#record(test, file, lost(test, started, this.#givenUp ? null : reason))
    }
  }

  #record(
    test: TestCase,
    file: FileProgress,
    outcome: AttemptOutcome,
    marks: readonly LogMark[] = this.#marks.of(file.target),
  ): void {
    const before = outcome.started === null ? undefined : file.running.get(test.id)
    const logs = before ? rangesBetween(before.marks, marks) : []
    const kept = this.#attempts.get(test.id)?.record
    this.#rows.record(this.#identity(test, file), outcome, kept, logs)
  }

  #identity(test: TestCase, { target }: FileProgress): ScenarioIdentity {
    return testIdentity(test, this.#context.root, target)
  }

  #expectsRow(test: TestCase, { specification }: FileProgress): boolean {
    return skippedByAuthor(test, { ...this.#context.selection, specification })
  }
}
