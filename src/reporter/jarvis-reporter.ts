import type { UserConsoleLog } from 'vitest'
import type {
  Reporter,
  SerializedError,
  TestCase,
  TestModule,
  TestRunEndReason,
  TestSpecification,
  Vitest,
} from 'vitest/node'
import { JarvisError } from '../errors.ts'
import { blackOutErrors } from '../host/secret-errors.ts'
import { hasSecrets, withoutSecrets } from '../host/secrets.ts'
import type { AttemptRecord } from '../services/leases/lease-protocol.ts'
import type { OpenRun, RunHost, WorkerLoss, WorkerStall } from './run-host.ts'
import { RunRecord } from './run-record.ts'
import { asReported } from './scenario-errors.ts'
import type { RunContext } from './selection.ts'
import { closingText, type TerminalReporter } from './terminal.ts'

/** How much may wait for the disk before Vitest is made to wait as well, in bytes. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024

/** The exit code of a run that failed. */
const EXIT_FAILED = 1

interface CurrentRun {
  open: OpenRun
  record: RunRecord
  listensForCancel: boolean
}

/**
 * The reporter that is always there: it keeps the artifacts, and owns the terminal where one is given.
 *
 * Its hooks do not wait for the disk: a wait for each test would stall Vitest's whole stream.
 */
export class JarvisReporter implements Reporter {
  readonly #vitest: Vitest
  readonly #host: RunHost
  readonly #terminal: TerminalReporter | null
  #current: CurrentRun | null = null
  /** The exit code as it was when a worker was lost, or when a file ended after that. */
  #exitCode: typeof process.exitCode

  constructor(vitest: Vitest, host: RunHost, terminal: TerminalReporter | null) {
    this.#vitest = vitest
    this.#host = host
    this.#terminal = terminal
  }

  onInit(): void {
    this.#host.warmUp()
    this.#terminal?.onInit()
  }

  async onTestRunStart(unordered: readonly TestSpecification[]): Promise<void> {
    const specifications = unordered.toSorted((a, b) => this.#host.rank(a) - this.#host.rank(b))
    this.#terminal?.onTestRunStart(specifications)
    this.#current = null
    const open = await this.#host
      .begin(specifications, (entries, lines) => this.#terminal?.show(entries, lines))
      .catch((error: unknown) => {
        throw error instanceof JarvisError ? plainError(error) : error
      })
    if (open === null) return
    const { config, configOverride } = this.#vitest as Vitest & { configOverride?: Overrides }
    const namePattern = configOverride?.testNamePattern ?? config.testNamePattern
    const context = {
      root: config.root,
      target: (project: string) => this.#host.target(project),
      selection: { namePattern, tags: config.tagsFilter },
      parse: (specification: TestSpecification) => this.#parse(specification),
    }
    const left = specifications.filter((specification) => this.#host.isLeft(specification))
    const record = new RunRecord(open, context, left)
    this.#current = { open, record, listensForCancel: false }
    const targets = new Set(left.map(({ project }) => context.target(project.name)))
    this.#terminal?.begin(
      open.directory,
      [...targets].filter((target) => target !== null),
    )
    void this.#foresee(left, context, record)
  }

  onTestModuleQueued(): void {
    const current = this.#current
    if (!current || current.listensForCancel) return
    // Vitest clears its cancel listeners after onTestRunStart.
    current.listensForCancel = true
    this.#vitest.onCancel((reason) => current.record.cancel(reason))
  }

  /** The run is being cancelled, by a signal or by Vitest itself. */
  cancel(reason: string): void {
    this.#current?.record.cancel(reason)
  }

  /** What is shown arrives nowhere any more. */
  loseOutput(): void {
    this.#terminal?.lose()
  }

  onTestModuleCollected(module: TestModule): void {
    this.#current?.record.collected(module)
  }

  onTestCaseReady(test: TestCase): void {
    this.#current?.record.started(test)
  }

  onTestCaseResult(test: TestCase): Promise<void> | undefined {
    const current = this.#current
    current?.record.finished(test)
    if (test.result().state === 'failed') this.#bail()
    return current && current.open.pendingBytes > MAX_PENDING_BYTES
      ? current.open.settled()
      : undefined
  }

  onTestModuleEnd(module: TestModule): void {
    // What reached no test was not seen by whoever runs the tests of a worker.
    if (hasSecrets()) {
      for (const suite of [module, ...module.children.allSuites()]) blackOutErrors(suite.errors())
      for (const test of module.children.allTests()) blackOutErrors(test.result().errors)
    }
    this.#current?.record.ended(module)
    this.#exitCode = process.exitCode
  }

  onUserConsoleLog(log: UserConsoleLog): void {
    // For reporters that keep it until the end, too.
    log.content = withoutSecrets(log.content)
    this.#terminal?.onUserConsoleLog(log)
    const { taskId, type, content } = log
    const task = taskId === undefined ? undefined : this.#vitest.state.idMap.get(taskId)
    const entity = task && this.#vitest.state.getReportedEntity(task)
    const test = entity?.type === 'test' ? entity : null
    const module = test?.module ?? (entity?.type === 'module' ? entity : null)
    this.#current?.record.console(test, module?.relativeModuleId ?? null, type, content)
  }

  /** A worker's word about an attempt, which precedes Vitest's result of the test. */
  onAttempt(attempt: AttemptRecord): void {
    const task = this.#vitest.state.idMap.get(attempt.test)
    const entity = task && this.#vitest.state.getReportedEntity(task)
    if (entity?.type === 'test') this.#current?.record.attempted(entity, attempt)
  }

  /** A worker is gone before its file had ended: its rows are recorded now, and count for `bail`. */
  async onWorkerLost(loss: WorkerLoss): Promise<void> {
    const current = this.#current
    this.#exitCode = process.exitCode
    await current?.record.lost.take(loss)
    if (current === this.#current) this.#bail()
  }

  /** A worker gets nowhere. */
  onWorkerStalled(stall: WorkerStall): void {
    this.#current?.record.lost.stalled(stall)
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): Promise<void> {
    const current = this.#current
    blackOutErrors(unhandled)
    await current?.open.notes.settled()
    this.#current = null
    if (!current) {
      await this.#terminal?.end(modules, unhandled, reason, null)
      return
    }
    const { open, record } = current
    open.prepareReports()
    if (reason === 'interrupted') record.cancel('the run was cancelled')
    // Ctrl+C reaches the worker as well: that it is gone then is no news.
    const news = record.cancelled ? unhandled.filter((error) => !isLostWorker(error)) : unhandled
    const errors = await record.complete(news)
    const isExcused = errors.length === 0 && record.lost.isExcused(modules)
    const hasFailed = reason === 'failed' && !isExcused
    const failed = record.failed || hasFailed || open.before?.hasFailed === true
    const status = record.cancelled ? 'INTERRUPTED' : failed ? 'FAILED' : 'PASSED'
    const ending = await open.end(status)
    const isWrong = ending.faults.length > 0 || ending.gates.length > 0
    // Else only ever raised: a 0 would hide a failure that Vitest has seen.
    if (status === 'PASSED' && isExcused) process.exitCode = this.#exitCode
    if (status !== 'PASSED' || isWrong) process.exitCode ||= EXIT_FAILED
    const progress = (sentence: string): void => this.#terminal?.progress(sentence)
    const reports = await open.makeReports(progress)
    if (reports?.complete === false) process.exitCode ||= EXIT_FAILED
    const { place: directory, part } = open
    const ended = { directory, ending, reports, part }
    await this.#terminal?.end(modules, errors, reason, ended)
    // Standard output may be a file for machines.
    if (this.#terminal === null) this.#vitest.logger.errorStream.write(closingText(ended))
  }

  onWatcherStart(...parameters: Parameters<TerminalReporter['onWatcherStart']>): void {
    this.#terminal?.onWatcherStart(...parameters)
  }

  onWatcherRerun(...parameters: Parameters<TerminalReporter['onWatcherRerun']>): void {
    this.#terminal?.onWatcherRerun(...parameters)
  }

  onServerRestart(reason?: string): void {
    this.#terminal?.onServerRestart(reason)
  }

  #bail(): void {
    const { config, state } = this.#vitest
    const isDue = this.#current?.record.lost.isBailDue(
      state.getCountOfFailedTests(),
      config.bail ?? 0,
    )
    if (isDue) void this.#vitest.cancelCurrentRun('test-failure')
  }

  /** Tells how many results to expect before the files have run. What cannot be read is told when it is collected. */
  async #foresee(
    specifications: readonly TestSpecification[],
    context: RunContext,
    record: RunRecord,
  ): Promise<void> {
    try {
      const { foreseenRows } = await import('./foreseen-rows.ts')
      for await (const files of foreseenRows(this.#vitest, specifications, context)) {
        if (this.#current?.record !== record || record.cancelled) return
        record.totals.foresee(files)
      }
    } catch {
      // A parse of Vitest's that fails costs the early total and nothing else.
    }
  }

  /** The tests of a file that never began, read from its text. */
  async #parse(specification: TestSpecification): Promise<TestModule | null> {
    try {
      const [module] = await this.#vitest.parseSpecifications([specification])
      return module ?? null
    } catch {
      return null
    }
  }
}

/** Vitest prints every field of an error and the stack of its cause: here the sentence says it all. */
function plainError({ message }: JarvisError): Error {
  return Object.assign(new Error(message), { name: 'jarvis', stack: message })
}

interface Overrides {
  testNamePattern?: RegExp
}

/** Whether an error says that a worker ended before its time. */
function isLostWorker(error: SerializedError): boolean {
  const { message, cause } = asReported(error)
  const texts = [message, (cause as SerializedError | undefined)?.message]
  return texts.some(
    (text) => typeof text === 'string' && /\[vitest-pool\]|Worker exited unexpectedly/.test(text),
  )
}
