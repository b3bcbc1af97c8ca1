import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { ToldTests } from '../services/leases/worker-progress.ts'
import { type AttemptOutcome, type ToldAttempts, toldOutcomes, unfinished } from './attempts.ts'
import type { Cancellation } from './cancellation.ts'
import { closeFile, type FileProgress } from './file-progress.ts'
import { fileKey } from './identity.ts'
import {
  fileLossMessage,
  lateLossMessage,
  type Loss,
  lostOutcomes,
  reasonsOfLoss,
} from './lost-workers.ts'
import type { RowRecorder } from './row-recorder.ts'
import type { OpenRun, WorkerLoss, WorkerStall } from './run-host.ts'
import type { ReportedError } from './scenario-errors.ts'
import type { RunContext } from './selection.ts'
import { testsOf } from './test-name.ts'
import { isSound, tellPassed } from './unheard-passes.ts'

/** How long what a worker has sent before its end may be on its way through Vitest. */
const LAST_NEWS_MS = 50

/** What the rows of a run are made with. */
interface Means {
  run: OpenRun
  context: RunContext
  rows: RowRecorder
  attempts: ToldAttempts
  cancel: Cancellation
  files: ReadonlyMap<string, FileProgress>
  /** Does what Vitest has told and is not done yet. */
  flush: () => void
  record: (test: TestCase, file: FileProgress, outcome: AttemptOutcome) => void
  /** `started`: milliseconds since the epoch. */
  recordStart: (test: TestCase, file: FileProgress, started: number) => void
  /** Tells how many rows a file gave. */
  countRows: (file: FileProgress) => void
  expectsRow: (test: TestCase, file: FileProgress) => boolean
  /** Tells of an error that no row says, which makes the run a failure. */
  tell: (error: ReportedError) => void
}

/** What Vitest does not report of a file: what its worker has left, and tests whose report was lost. */
export class LostFiles {
  readonly #means: Means
  /** Tests that failed as their worker was lost. */
  #failed = 0
  /** Files that passed whole, of which Vitest knows no more than that their worker was lost. */
  #passed = 0

  constructor(means: Means) {
    this.#means = means
  }

  /** Whether a run is to end by `bail`, which Vitest does not know: it counts no test of a lost worker. */
  isBailDue(failed: number, bail: number): boolean {
    if (bail <= 0 || this.#failed === 0 || this.#means.cancel.hasBegun) return false
    return failed + this.#failed >= bail
  }

  /**
   * Whether a run that Vitest calls failed has passed: it does so for each worker that is lost, also for one that had
   * done all of its work. `modules`: all of the run.
   */
  isExcused(modules: readonly TestModule[]): boolean {
    return this.#passed > 0 && modules.every(isSound)
  }

  /** A worker gets nowhere, and hands on nothing more: what it is at, and what had ended before. */
  stalled({ project, file: path }: WorkerStall): void {
    const { rows, flush, recordStart, files } = this.#means
    const file = files.get(fileKey(project, path))
    if (!file || file.ended) return
    flush()
    if (file.module === null) return rows.recordLoading(file)
    const told = this.#toldOf(file.module)
    for (const test of this.#left(file.module, file)) {
      const at = told?.running.get(test.id)
      if (at === undefined) this.#recordEnded(test, file, told)
      else if (!file.running.has(test.id)) recordStart(test, file, at)
    }
  }

  /** A worker is gone before its file had ended. Resolves when the rows of the file are recorded. */
  async take(loss: WorkerLoss): Promise<void> {
    const { files, cancel } = this.#means
    const file = files.get(fileKey(loss.project, loss.file))
    if (!file || file.ended || file.loss !== null || cancel.hasBegun) return
    if (loss.kind !== 'unsent') file.loss = loss
    // What Vitest got of it by then is better than the worker's own notes.
    await sleep(LAST_NEWS_MS)
    await this.finish(file, loss)
  }

  /** The run has ended: what never ended lost its worker, or was cancelled. */
  async finishAll(errors: readonly ReportedError[]): Promise<void> {
    const files = [...this.#means.files.values()]
    const reasons = reasonsOfLoss(errors, files)
    for (const file of files.filter(({ ended }) => !ended)) {
      const died = { kind: 'died', how: reasons.get(file) ?? '' } as const
      const loss = file.loss ?? (this.#means.cancel.hasBegun ? null : died)
      // oxlint-disable-next-line no-await-in-loop -- few files, and their rows keep the plan's order
      await this.finish(file, loss)
    }
  }

  /** Gives rows to what a worker has left. `loss`: null after a cancel. */
  async finish(file: FileProgress, loss: Loss | null): Promise<void> {
    const { rows, flush } = this.#means
    flush()
    if (file.ended) return
    const module = file.module ?? (await this.#parse(file, loss))
    if (file.ended) return
    // Where a function of the author's makes them, the text of a file does not tell its tests.
    if (module !== null && testsOf(module).length > 0) this.#recordTests(file, module, loss)
    else if (loss === null) rows.recordFile(file, 'INTERRUPTED', [])
    else {
      const status = loss.kind === 'unbegun' ? 'INTERRUPTED' : 'FAILED'
      rows.recordFile(file, status, [{ message: fileLossMessage(loss) }])
    }
    this.close(file)
  }

  /** What became of a test that Vitest has told no result of, when its file has ended. */
  unreported(test: TestCase, file: FileProgress): AttemptOutcome[] {
    const { attempts, cancel } = this.#means
    const told = this.#toldOf(test.module)
    const ends = test.result().state === 'pending' ? this.#ends(test, file, told) : []
    if (ends.length > 0) return cancel.applyTo(test, ends)
    const outcome = unfinished(test, cancel.hasBegun, told?.running.get(test.id))
    return [{ ...outcome, repeat: attempts.nextRepeat(test.id) }]
  }

  /** A file has its rows. */
  close(file: FileProgress): void {
    const { project, moduleId } = file.specification
    this.#means.countRows(file)
    this.#means.run.notes.done(project.name, moduleId)
    closeFile(file)
  }

  /** The tests of a file that did not begin, or whose own news of them did not arrive; null where it did not load. */
  async #parse({ specification }: FileProgress, loss: Loss | null): Promise<TestModule | null> {
    const told = this.#toldOf(specification)
    const isLoaded = told !== null && told.running.size + told.ended.size > 0
    const isUnbegun = loss === null || loss.kind === 'unbegun'
    return isLoaded || isUnbegun ? this.#means.context.parse(specification) : null
  }

  #recordTests(file: FileProgress, module: TestModule, loss: Loss | null): void {
    const { attempts, record } = this.#means
    const told = this.#toldOf(module)
    for (const test of this.#left(module, file)) this.#recordEnded(test, file, told)
    const left = this.#left(module, file)
    let isFelt = false
    for (const [test, outcome] of lostOutcomes(left, { file, attempts, told, loss })) {
      const { started } = outcome
      isFelt ||= outcome.status !== 'SKIPPED'
      const isNews = started !== null && !file.running.has(test.id)
      if (isNews) file.running.set(test.id, { started, marks: file.marks, isBesides: true })
      record(test, file, outcome)
      if (outcome.status === 'FAILED') this.#failed += 1
    }
    if (!isFelt && loss !== null && loss.kind !== 'unsent') this.#tellLate(module, loss, told)
  }

  /** All scenarios had their results when the worker was lost. */
  #tellLate(module: TestModule, loss: Loss, told: ToldTests | null): void {
    const { run, context, tell } = this.#means
    const path = relative(context.root, module.moduleId).replaceAll('\\', '/')
    const hasPassed = told?.hasPassed === true && tellPassed(module, told)
    const message = lateLossMessage(path, loss, hasPassed)
    if (!hasPassed) return tell({ message })
    this.#passed += 1
    run.record({ type: 'note', level: 'WARN', message })
  }

  /** Records how a test ended by its worker's word, if it has ended. */
  #recordEnded(test: TestCase, file: FileProgress, told: ToldTests | null): void {
    const { cancel, record } = this.#means
    const ends = this.#ends(test, file, told)
    if (ends.length === 0) return
    for (const one of cancel.applyTo(test, ends)) record(test, file, one)
    file.reported.add(test.id)
  }

  /** How a test ended by its worker's word; without the repeats that have their rows. */
  #ends(test: TestCase, file: FileProgress, told: ToldTests | null): AttemptOutcome[] {
    const { run, attempts } = this.#means
    const ends = told?.ended.get(test.id) ?? []
    const recorded = attempts.recorded(test.id)
    const left = ends.filter(({ repeat }) => recorded?.has(repeat) !== true)
    return toldOutcomes(left, run.book.facts(file.target))
  }

  /** Tests that are to have rows and have none. */
  #left(module: TestModule, file: FileProgress): TestCase[] {
    const { expectsRow } = this.#means
    return testsOf(module).filter((test) => !file.reported.has(test.id) && expectsRow(test, file))
  }

  #toldOf({ project, moduleId }: TestModule | TestSpecification): ToldTests | null {
    return this.#means.run.notes.told(project.name, moduleId)
  }
}
