import type { SerializedError, TestCase, TestModule, TestSpecification } from 'vitest/node'
import type { AttemptRecord } from '../services/lease-protocol.ts'
import { type AttemptOutcome, outcomesOf } from './attempts.ts'
import { fileIdentity, moduleKey, rowId, type ScenarioIdentity, testIdentity } from './identity.ts'
import { type LogMark, type OpenRun, type ProjectTarget, rangesBetween } from './run-host.ts'
import { buildRow } from './rows.ts'
import type { ReportedError } from './scenario-errors.ts'
import { type Selection, skippedByAuthor } from './selection.ts'

/** What is known of one file on one loadout while it runs; dropped when the file has ended. */
interface FileProgress {
  target: ProjectTarget
  specification: TestSpecification
  module: TestModule | null
  ended: boolean
  /** Tests that began, with how far each service's log was then. */
  running: Map<string, readonly LogMark[]>
  /** Tests whose row is recorded. */
  reported: Set<string>
}

/** Which repeats of a test already have their row, and what the attempt now running has kept. */
interface AttemptProgress {
  recorded: Set<number>
  record: AttemptRecord | undefined
}

/** What a run needs to know of Vitest, passed in so that it can be tried without one. */
export interface RunContext {
  root: string
  target(project: string): ProjectTarget | null
  selection: Omit<Selection, 'specification'>
}

const NEVER_RAN = { started: null, duration: null, retries: 0, repeat: 0 } as const

/**
 * Turns what Vitest reports of one run into events and rows, also the rows that Vitest does not give: for
 * a file that does not load, a worker that is lost, and whatever a cancel left.
 */
export class RunRecord {
  readonly #run: OpenRun
  readonly #context: RunContext
  readonly #files = new Map<string, FileProgress>()
  readonly #attempts = new Map<string, AttemptProgress>()
  readonly #warm = new Set<string>()
  #marks: Map<ProjectTarget, LogMark[]> | null = null
  #total = 0
  #cancelled = false
  #failed = false

  constructor(run: OpenRun, context: RunContext, specifications: readonly TestSpecification[]) {
    this.#run = run
    this.#context = context
    for (const specification of specifications) {
      const target = context.target(specification.project.name)
      if (target === null) continue
      const progress = { target, specification, module: null, ended: false }
      this.#files.set(moduleKey(specification), {
        ...progress,
        running: new Map(),
        reported: new Set(),
      })
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
    for (const test of module.children.allTests()) {
      if (this.#expectsRow(test, file)) this.#total += repeatsOf(test, file.target)
    }
    this.#run.record({ type: 'totals', total: this.#total })
  }

  started(test: TestCase): void {
    const file = this.#files.get(moduleKey(test.module))
    if (!file || test.options.mode !== 'run') return
    file.running.set(test.id, this.#logMarks(file.target))
    const { name, file: path, target } = this.#identity(test, file)
    const { domain, loadout, models } = target
    const id = rowId(this.#identity(test, file), 0)
    this.#run.record({ type: 'scenario_started', id, name, file: path, domain, loadout, models })
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
    const status = ({ passed: 'PASSED', failed: 'FAILED', skipped: 'SKIPPED' } as const)[
      outcome.status
    ]
    progress.recorded.add(repeat)
    this.#record(test, file, { ...outcome, repeat, status })
    progress.record = undefined
  }

  finished(test: TestCase): void {
    const file = this.#files.get(moduleKey(test.module))
    if (!file || file.reported.has(test.id)) return
    const outcomes = outcomesOf(test)
    const skipped = outcomes.every(({ status }) => status === 'SKIPPED')
    if (skipped && test.attempts().length === 0 && test.options.mode === 'run') {
      // A hook failed or the run was cancelled: which of them shows when the file has ended.
      return
    }
    file.reported.add(test.id)
    if (!skipped || this.#expectsRow(test, file)) {
      for (const outcome of outcomes) {
        if (!this.#attempts.get(test.id)?.recorded.has(outcome.repeat)) {
          this.#record(test, file, this.#cancelled ? interrupted(outcome) : outcome)
        }
      }
    }
    file.running.delete(test.id)
    this.#attempts.delete(test.id)
  }

  /** A file has ended: its remaining tests get their rows. */
  ended(module: TestModule): void {
    const file = this.#files.get(moduleKey(module))
    if (!file || file.ended) return
    file.module = module
    const errors = module.errors() as ReportedError[]
    let tests = 0
    for (const test of module.children.allTests()) {
      tests += 1
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      this.#record(test, file, this.#unfinished(test))
    }
    if (tests === 0 && errors.length > 0) this.#recordFile(file, 'FAILED', errors)
    else if (errors.length > 0) this.error(errors[0] as SerializedError)
    this.#close(file)
  }

  /** The run has ended: files that never ended lost their worker, or were cancelled. */
  async complete(
    errors: readonly SerializedError[],
    parse: (specification: TestSpecification) => Promise<TestModule | null>,
  ): Promise<void> {
    for (const error of errors) this.error(error)
    const reason = (errors[0] as ReportedError | undefined)?.message ?? 'it ended without a result'
    for (const file of this.#files.values()) {
      if (file.ended) continue
      // oxlint-disable-next-line no-await-in-loop -- few files, and their rows keep the plan's order
      const module = file.module ?? (this.#cancelled ? await parse(file.specification) : null)
      if (module === null) {
        const lost = [{ message: `The worker of this file was lost: ${reason}` }]
        this.#recordFile(file, this.#cancelled ? 'INTERRUPTED' : 'FAILED', lost)
      } else {
        this.#recordLost(file, module, reason)
      }
      this.#close(file)
    }
  }

  error(error: SerializedError): void {
    this.#failed = true
    const { message, stack } = error as ReportedError
    const text = message ?? 'An error without a message'
    this.#run.record({ type: 'error', message: text, stack: stack ?? null })
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

  #recordLost(file: FileProgress, module: TestModule, reason: string): void {
    const lost = { message: `The worker that ran this scenario was lost: ${reason}` }
    for (const test of module.children.allTests()) {
      if (file.reported.has(test.id) || !this.#expectsRow(test, file)) continue
      const ran = file.running.has(test.id) && !this.#cancelled
      const errors = ran ? [lost] : []
      this.#record(test, file, { ...NEVER_RAN, status: ran ? 'FAILED' : 'INTERRUPTED', errors })
    }
  }

  #unfinished(test: TestCase): AttemptOutcome {
    if (this.#cancelled) return { ...NEVER_RAN, status: 'INTERRUPTED', errors: [] }
    const errors = hookErrors(test)
    return { ...NEVER_RAN, status: errors.length > 0 ? 'FAILED' : 'SKIPPED', errors }
  }

  #record(test: TestCase, file: FileProgress, outcome: AttemptOutcome): void {
    const before = file.running.get(test.id)
    const logs = before ? rangesBetween(before, this.#logMarks(file.target)) : []
    const record = this.#attempts.get(test.id)?.record
    this.#write(file, this.#identity(test, file), outcome, record, logs)
  }

  #recordFile(file: FileProgress, status: 'FAILED' | 'INTERRUPTED', errors: ReportedError[]): void {
    const { moduleId } = file.specification
    const identity = fileIdentity(moduleId, this.#context.root, file.target)
    this.#write(file, identity, { ...NEVER_RAN, status, errors }, undefined, [])
  }

  #write(
    { target }: FileProgress,
    identity: ScenarioIdentity,
    outcome: AttemptOutcome,
    record: AttemptRecord | undefined,
    logs: ReturnType<typeof rangesBetween>,
  ): void {
    const ran = outcome.status === 'PASSED' || outcome.status === 'FAILED'
    const cold = ran ? !this.#warm.has(target.title) : null
    if (ran) this.#warm.add(target.title)
    const facts = this.#run.facts(target)
    const { root } = this.#context
    const result = buildRow({ identity, outcome, record, facts, cold, logs, root })
    if (result.status !== 'PASSED' && result.status !== 'SKIPPED') this.#failed = true
    this.#run.record({ type: 'scenario_ended', domain: target.domain, result })
  }

  #identity(test: TestCase, { target }: FileProgress): ScenarioIdentity {
    return testIdentity(test, this.#context.root, target)
  }

  #expectsRow(test: TestCase, { specification }: FileProgress): boolean {
    return skippedByAuthor(test, { ...this.#context.selection, specification })
  }

  /** One look at the logs for all tests of a batch, which reach us in one go. */
  #logMarks(target: ProjectTarget): LogMark[] {
    if (this.#marks === null) {
      this.#marks = new Map()
      setImmediate(() => (this.#marks = null))
    }
    let marks = this.#marks.get(target)
    if (!marks) this.#marks.set(target, (marks = this.#run.logMarks(target)))
    return marks
  }

  #close(file: FileProgress): void {
    file.ended = true
    file.module = null
    file.running.clear()
    file.reported.clear()
  }
}

function repeatsOf(test: TestCase, target: ProjectTarget): number {
  const own = test.options.repeats
  return own === undefined || own === 0 ? target.repeats : own + 1
}

function interrupted(outcome: AttemptOutcome): AttemptOutcome {
  return outcome.status === 'FAILED' ? { ...outcome, status: 'INTERRUPTED' } : outcome
}

/** The errors of the hooks around a test, outermost last. */
function hookErrors(test: TestCase): ReportedError[] {
  const errors: ReportedError[] = []
  let parent = test.parent
  for (;;) {
    errors.push(...(parent.errors() as ReportedError[]))
    if (parent.type === 'module') return errors
    parent = parent.parent
  }
}
