import { fork } from 'node:child_process'
import inspector from 'node:inspector'
import nodeModule from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as vitestNode from 'vitest/node'
import type {
  PoolOptions,
  PoolRunnerInitializer,
  PoolWorker,
  Vitest,
  WorkerRequest,
} from 'vitest/node'

type Forks = typeof vitestNode.ForksPoolWorker

/** Vitest calls it experimental: a version without it keeps its own pool. */
const ForksPoolWorker = (vitestNode as { ForksPoolWorker?: Forks }).ForksPoolWorker

const POOL_NAME = 'jarvis-forks'

/**
 * Vitest's pool of processes with spare workers.
 *
 * @param workersOf - gives those of a run's Vitest, if it has any
 */
export function sparePool(
  workersOf: (vitest: Vitest) => SpareWorkers | undefined,
): PoolRunnerInitializer | 'forks' {
  if (ForksPoolWorker === undefined) return 'forks'
  return {
    name: POOL_NAME,
    createPoolWorker: (options) =>
      workersOf(options.project.vitest)?.take(options) ?? new ForksPoolWorker(options),
  }
}

/**
 * Vitest's own workers, a process for each file; that of the next file is started while the one before
 * loads its scenarios, and so is there when its turn comes. What is measured does not notice
 * (`bench/first-request.ts`).
 */
export class SpareWorkers {
  readonly #vitest: Vitest
  /** Files of this run that have no worker yet. */
  #files = 0
  #spare: ForkedWorker | null = null
  /** Whether workers are to outlive the terminal: what it tells its processes when it closes does not reach them. */
  outliveTerminal = false

  constructor(vitest: Vitest) {
    this.#vitest = vitest
  }

  /** A run of so many files begins. */
  expect(files: number): void {
    this.#files = files
  }

  /** The worker of the next file: the spare one where it is as this file needs it. */
  take(options: PoolOptions): PoolWorker {
    this.#files -= 1
    const spare = this.#spare
    this.#spare = null
    if (spare?.suits(options)) return spare
    void spare?.giveUp()
    return this.#worker(options)
  }

  /** No more files come: the run has ended or is cancelled. Never rejects. */
  async dispose(): Promise<void> {
    this.#files = 0
    const spare = this.#spare
    this.#spare = null
    await spare?.giveUp()
  }

  /** Ends the workers of a run that is cancelled already, whatever they do. */
  endByForce(): void {
    // The second cancel of one run is what Vitest takes for a demand.
    void this.#vitest.cancelCurrentRun('keyboard-input')
  }

  #worker(options: PoolOptions): ForkedWorker {
    return new ForkedWorker(options, this.outliveTerminal, () => {
      if (this.#files <= 0 || this.#spare !== null || !mayHaveSpare(options)) return
      this.#spare = this.#worker(options)
      this.#spare.startAhead()
    })
  }
}

/** What makes Node load code of the user's before Vitest's: it is not to run beside that of another file. */
const PRELOADS = /(?:^|\s)(?:-r|--require|--import|--(?:experimental-)?loader)\b/
const DEBUGGED = /--inspect/

/** One core has no time to spare, and a debugger would be shown a process that does nothing. */
function mayHaveSpare({ project, env }: PoolOptions): boolean {
  const { isolate, execArgv } = project.config
  const options = [env['NODE_OPTIONS'], ...execArgv].join(' ')
  const debugged = inspector.url() !== undefined || project.vitest.config.inspector.enabled
  if (debugged || DEBUGGED.test(options) || PRELOADS.test(options)) return false
  return isolate && availableParallelism() > 1
}

/** Vitest's worker in a process, which may be started before Vitest starts it. */
class ForkedWorker extends (ForksPoolWorker ?? (Object as unknown as Forks)) {
  override readonly name = POOL_NAME
  readonly #options: PoolOptions
  readonly #outlivesTerminal: boolean
  readonly #onRun: () => void
  #starting: Promise<void> | null = null
  #lives = false
  #failed = false

  /** `onRun` is called when the worker is told to run its file. */
  constructor(options: PoolOptions, outlivesTerminal: boolean, onRun: () => void) {
    super({ ...options, env: { ...compileCache(options.env), ...options.env } })
    this.#options = options
    this.#outlivesTerminal = outlivesTerminal
    this.#onRun = onRun
  }

  startAhead(): void {
    const failed = (): void => void (this.#failed = true)
    // Nobody else listens yet, and an error that nobody hears would end the run.
    this.on('error', failed)
    this.start().catch(failed)
  }

  /** Whether it lives, and has the environment and the options of Node that a file needs. */
  suits({ env, execArgv }: PoolOptions): boolean {
    const own = { env: this.#options.env, execArgv: this.#options.execArgv }
    return this.#lives && !this.#failed && isDeepStrictEqual(own, { env, execArgv })
  }

  override start(): Promise<void> {
    if (this.#outlivesTerminal && this.#starting === null) this.#forkApart()
    this.#starting ??= super.start().then(() => {
      this.#lives = true
      this.on('exit', () => (this.#lives = false))
    })
    return this.#starting
  }

  /** In a session of its own: until a worker has loaded any code a signal of the terminal would end it. */
  #forkApart(): void {
    const { entrypoint, env, execArgv } = this
    // Vitest starts no process where there is one. A version that keeps it elsewhere starts its own.
    if (!Object.hasOwn(this, '_fork')) return
    const options = { env, execArgv, stdio: 'pipe', serialization: 'advanced' } as const
    Object.assign(this, { _fork: fork(entrypoint, [], { ...options, detached: true }) })
  }

  /** Vitest's own would wait for ever for the end of a process that a signal has ended before. */
  override async stop(): Promise<void> {
    if (this.#lives) await super.stop()
  }

  /** Ends it before its turn has come. A process that is not needed must not harm a run. */
  async giveUp(): Promise<void> {
    await this.#starting?.catch(() => {})
    await this.stop().catch(() => {})
  }

  override send(message: WorkerRequest): void {
    super.send(message)
    if (message.type === 'run') this.#onRun()
  }
}

/**
 * What is compiled is kept for the next worker, as it is for this process. Empty where that is switched off, and
 * for V8's coverage, which compiled code would make less exact.
 */
function compileCache({ NODE_V8_COVERAGE }: PoolOptions['env']): NodeJS.ProcessEnv {
  const directory = nodeModule.getCompileCacheDir()
  if (directory === undefined || NODE_V8_COVERAGE !== undefined) return {}
  // Node gives the folder of its own version within the one to name.
  return { NODE_COMPILE_CACHE: dirname(directory) }
}
