import type { SerializedError, TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { LogRange } from '../events/index.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { LogMark } from '../services/loadouts/loadout-book.ts'
import { type AttemptOutcome, outcomesOf, ToldAttempts } from './attempts.ts'
import { Backlog } from './backlog.ts'
import { Cancellation } from './cancellation.ts'
import { type FileProgress, progressOf, rowsOf, suiteErrors } from './file-progress.ts'
import { moduleKey, rowId, type ScenarioIdentity, testIdentity } from './identity.ts'
import { isLeft, repeatsOf, replacedResult, resultsBefore } from './left-repeats.ts'
import { LogLedger } from './log-ledger.ts'
import { LogMarks, rangesSince, RunningTests } from './log-marks.ts'
import { LostFiles } from './lost-files.ts'
import { withoutTold } from './lost-workers.ts'
import type { OpenRun } from './run-host.ts'
import { RowRecorder } from './row-recorder.ts'
import { RowTotals } from './row-totals.ts'
import { asReported, placedText, type ReportedError, reportedErrors } from './scenario-errors.ts'
import { type RunContext, skippedByAuthor } from './selection.ts'
import { forgetTests, testsOf } from './test-name.ts'

/**
 * Turns what Vitest reports of one run into events and rows, also the rows that Vitest does not give: for
 * a file that does not load, a worker that is lost, and whatever a cancel left.
 */
export class RunRecord {
  readonly #run: OpenRun
  readonly #context: RunContext
  readonly #files = new Map<string, FileProgress>()
  readonly #backlog = new Backlog((error) => this.#tell(asReported(error)))
  readonly #attempts = new ToldAttempts(
    () => this.#backlog.flush(),
    (test, file, outcome) => this.#record(test, file, outcome),
    (test, file, repeat) => this.#rows.recordStart(this.#identity(test, file), repeat),
  )
  /** Began, and their start is not told. */
  readonly #untold = new Set<TestCase>()
  readonly #rows: RowRecorder
  readonly #marks: LogMarks
  readonly #ledger: LogLedger
  readonly #running = new RunningTests()
  /** What Vitest does not report. */
  readonly lost: LostFiles
  /** How many rows are expected. */
  readonly totals: RowTotals
  readonly #cancel = new Cancellation()
  #failed = false

  constructor(run: OpenRun, context: RunContext, specifications: readonly TestSpecification[]) {
    this.#run = run
    this.totals = new RowTotals((event) => run.record(event), run.before?.kept)
    this.#marks = new LogMarks(run.book)
    this.#ledger = new LogLedger(run.directory)
    this.#context = context
    this.#rows = new RowRecorder(run, context.root, this.totals)
    this.lost = new LostFiles({
      run,
      context,
      rows: this.#rows,
      attempts: this.#attempts,
      cancel: this.#cancel,
      files: this.#files,
      flush: () => this.#flush(),
      record: (test, file, outcome) => this.#record(test, file, outcome),
      recordStart: (test, file, started) => {
        file.running.set(test.id, this.#running.begin(test.id, started, file.marks))
        this.#rows.recordStart(this.#identity(test, file))
      },
      countRows: (file) => this.#countRows(file),
      expectsRow: (test, file) => this.#expectsRow(test, file),
      tell: (error) => this.#tell(error),
    })
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

  /** Whether somebody cancelled it. */
  get cancelled(): boolean {
    return this.#cancel.wasAsked
  }

  /** From now on what ends otherwise than passed was interrupted. */
  cancel(reason: string): void {
    if (this.#cancel.hasBegun) return
    this.#flush()
    const why = this.#cancel.begin(reason)
    this.#rows.cancelled = why
    this.#run.record({ type: 'cancelled', reason: why })
    this.#run.cancel(why)
  }

  collected(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file) return
    file.module = module
    file.marks = this.#marks.of(file.target)
    this.#backlog.add(() => {
      const wanted = testsOf(module).filter((test) => this.#expectsRow(test, file))
      const rows = wanted.reduce((sum, test) => sum + rowsOf(test, file.target), 0)
      const [key, tests] = [moduleKey(module), wanted.length]
      this.totals.correct({ key, file: module.moduleId, target: file.target, rows, tests })
    })
  }

  started(test: TestCase): void {
    const file = this.#files.get(moduleKey(test.module))
    if (!file || file.ended || test.options.mode !== 'run' || file.running.has(test.id)) return
    const marked = this.#running.begin(test.id, Date.now(), this.#marks.of(file.target))
    file.running.set(test.id, marked)
    this.#untold.add(test)
    // Vitest reports a short test with its end in one batch: then its start is no news.
    this.#backlog.add(() => {
      this.#attempts.release(test.id)
      const isNews = this.#untold.delete(test)
      // The worker's word about a first repeat may come before Vitest's about the test.
      const isOver = this.#attempts.recorded(test.id)?.has(0)
      if (isNews && !isOver) this.#rows.recordStart(this.#identity(test, file))
    })
  }

  /** What a worker tells of an attempt before Vitest reports its test. */
  attempted(test: TestCase, record: AttemptRecord): void {
    const file = this.#files.get(moduleKey(test.module))
    if (file) this.#attempts.told(test, file, record)
    if (this.#cancel.hasBegun) this.#flush()
  }

  finished(test: TestCase): void {
    this.#untold.delete(test)
    this.#running.end(test.id)
    const file = this.#files.get(moduleKey(test.module))
    if (!file) return
    const marks = this.#marks.of(file.target)
    file.marks = marks
    const last = repeatsOf(test, file.target) - 1
    this.#backlog.add(
      () => this.#finish(test, file, marks),
      () => this.#ledger.settlesAt(test.id, last),
    )
  }

  /** A file has ended: its remaining tests get their rows. */
  ended(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file) return
    const marks = this.#marks.of(file.target)
    this.#backlog.add(() => this.#finishFile(module, file, marks))
  }

  /**
   * The run has ended: files that never ended lost their worker, or were cancelled.
   *
   * @returns the errors that say more than what is told by then
   */
  async complete(errors: readonly SerializedError[]): Promise<SerializedError[]> {
    this.#flush()
    const files = [...this.#files.values()]
    const news = withoutTold(reportedErrors(errors), files)
    for (const error of news) this.#tell(error)
    for (const file of files) {
      const { name } = file.specification.project
      if (!file.ended && this.#run.wasNotLoaded(name)) this.lost.close(file)
    }
    await this.lost.finishAll(news)
    this.#ledger.close()
    return news as SerializedError[]
  }

  /** Does all that waits. */
  #flush(): void {
    this.#backlog.flush()
    this.#attempts.release()
  }

  #tell(error: ReportedError): void {
    this.#failed = true
    const stack = typeof error.stack === 'string' ? error.stack : null
    this.#run.record({ type: 'error', message: placedText(error, this.#context.root), stack })
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

  #finish(test: TestCase, file: FileProgress, marks: readonly LogMark[]): void {
    this.#attempts.release(test.id)
    if (file.ended || file.reported.has(test.id)) return
    try {
      this.#finishTest(test, file, marks)
    } catch (error) {
      file.reported.add(test.id)
      file.rows += 1
      this.#rows.recordUnreadable(this.#identity(test, file), error)
    }
  }

  #finishTest(test: TestCase, file: FileProgress, marks: readonly LogMark[]): void {
    const outcomes = outcomesOf(test, this.#run.book.facts(file.target))
    const skipped = outcomes.every(({ status }) => status === 'SKIPPED')
    // A hook failed or the run was cancelled: which of them shows when the file has ended.
    if (skipped && test.attempts().length === 0 && test.options.mode === 'run') return
    file.reported.add(test.id)
    if (isLeft(test, file.target) && (!skipped || this.#expectsRow(test, file))) {
      const recorded = this.#attempts.recorded(test.id)
      for (const outcome of this.#cancel.applyTo(test, outcomes)) {
        if (!recorded?.has(outcome.repeat)) this.#record(test, file, outcome, marks)
      }
    }
    file.running.delete(test.id)
    this.#attempts.drop(test.id)
  }

  #finishFile(module: TestModule, file: FileProgress, marks: readonly LogMark[]): void {
    if (file.ended) return
    const told = new Set<ReportedError>()
    const tests = testsOf(module)
    for (const test of tests) {
      this.#attempts.release(test.id)
      if (file.reported.has(test.id)) continue
      // Vitest handles the updates of a worker side by side: the end of a file may overtake its results.
      if (test.result().state !== 'pending') this.#finish(test, file, marks)
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      for (const outcome of this.lost.unreported(test, file)) {
        for (const error of outcome.errors) told.add(error)
        this.#record(test, file, outcome, marks)
      }
    }
    const errors = [...suiteErrors(module)].filter((error) => !told.has(error))
    if (tests.length === 0 && errors.length > 0) this.#rows.recordFile(file, 'FAILED', errors)
    else for (const error of errors) this.#tell({ ...error, VITEST_TEST_PATH: module.moduleId })
    // After a cancel, and with a worker that was lost, results stand for what did not run.
    const hasRows = file.rows > 0 || file.target.left !== undefined
    if (hasRows && !this.#cancel.hasBegun) this.#rows.recordFileEnd(file)
    this.lost.close(file)
    forgetTests(module)
  }

  /** After a cancel it stays known how many rows were to come. */
  #countRows(file: FileProgress): void {
    if (this.#run.book.facts(file.target).failure !== null) this.totals.refuse(file.target)
    if (!this.#cancel.hasBegun) this.totals.end(moduleKey(file.specification), file.rows)
  }

  #record(
    test: TestCase,
    file: FileProgress,
    outcome: AttemptOutcome,
    marks: readonly LogMark[] = this.#marks.of(file.target),
  ): void {
    const logs = outcome.started === null ? [] : this.#logs(test, file, outcome.repeat, marks)
    const kept = this.#attempts.kept(test.id)
    file.rows += 1
    const identity = this.#identity(test, file)
    const { target } = file
    const replaced = replacedResult(test, target, rowId(identity, outcome.repeat))
    const earlier = { others: resultsBefore(test, target), replaced }
    this.#rows.record(identity, outcome, kept, logs, earlier)
  }

  /** By the notes of its worker, which knows; else by what was seen from here. */
  #logs(test: TestCase, file: FileProgress, repeat: number, marks: readonly LogMark[]): LogRange[] {
    const look = (): readonly LogMark[] => this.#run.book.logMarks(file.target)
    const noted = this.#ledger.ranges(test.id, repeat, look)
    if (noted !== null) return noted
    const before = file.running.get(test.id)
    return before ? rangesSince(before, marks) : []
  }

  #identity(test: TestCase, { target }: FileProgress): ScenarioIdentity {
    return testIdentity(test, this.#context.root, target)
  }

  #expectsRow(test: TestCase, { specification, target }: FileProgress): boolean {
    if (!isLeft(test, target)) return false
    return skippedByAuthor(test, { ...this.#context.selection, specification })
  }
}
