import inspector from 'node:inspector'
import { availableParallelism } from 'node:os'
import type {
  PoolOptions,
  PoolRunnerInitializer,
  PoolWorker,
  TestSpecification,
  Vitest,
} from 'vitest/node'
import { ForkedWorker, ForksPoolWorker, POOL_NAME, type WorkerEvents } from './forked-worker.ts'
import { IdleWorker, UnnamedFiles } from './unnamed-files.ts'

/**
 * Vitest's pool of processes with spare workers.
 *
 * @param workersOf - gives those of a run's Vitest, if it has any
 */
export function sparePool(
  workersOf: (vitest: Vitest) => SpareWorkers | undefined,
): PoolRunnerInitializer | 'forks' {
  const Forks = ForksPoolWorker
  if (Forks === undefined) return 'forks'
  return {
    name: POOL_NAME,
    createPoolWorker: (options) =>
      workersOf(options.project.vitest)?.take(options) ?? new Forks(options),
  }
}

/**
 * Vitest's own workers, a process for each file; that of the next file is started while the one before
 * loads its scenarios, and so is there when its turn comes. What is measured does not notice
 * (`bench/first-request.ts`).
 */
export class SpareWorkers {
  readonly #vitest: Vitest
  readonly #events: WorkerEvents
  readonly #unnamed: UnnamedFiles
  /** Files of this run that have no worker yet. */
  #files = 0
  #spare: ForkedWorker | null = null
  /** Projects of this run that none of its workers has loaded a file of, as `-t` names nothing in them. */
  readonly notLoaded = new Set<string>()
  /** Whether workers are to outlive the terminal: what it tells its processes when it closes does not reach them. */
  outliveTerminal = false

  constructor(vitest: Vitest, events: WorkerEvents) {
    this.#vitest = vitest
    this.#events = events
    this.#unnamed = new UnnamedFiles(vitest)
  }

  /** A run of these files begins. */
  expect(specifications: readonly TestSpecification[]): void {
    this.#files = specifications.length
    this.#unnamed.expect(specifications)
    this.notLoaded.clear()
  }

  /** The worker of the next file: the spare one where it is as this file needs it. */
  take(options: PoolOptions): PoolWorker {
    this.#files -= 1
    const spare = this.#spare
    this.#spare = null
    if (spare?.suits(options) && !this.#unnamed.hasAllOf(options.project.name)) {
      // It was started for the file before, which may be the last one of another loadout.
      spare.project = options.project.name
      return spare
    }
    void spare?.giveUp()
    if (this.#unnamed.hasAllOf(options.project.name)) {
      this.notLoaded.add(options.project.name)
      return new IdleWorker(POOL_NAME)
    }
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
    return new ForkedWorker(options, this.outliveTerminal, {
      ran: (worker) => this.#events.ran(worker),
      ended: (worker, how) => this.#events.ended(worker, how),
      runs: (worker) => {
        this.#events.runs(worker)
        if (this.#files <= 0 || this.#spare !== null || !mayHaveSpare(options)) return
        this.#spare = this.#worker(options)
        this.#spare.startAhead()
      },
    })
  }
}

/** What makes Node load code of the user's before Vitest's: it is not to run beside that of another file. */
const PRELOADS = /(?:^|\s)(?:-r|--require|--import|--(?:experimental-)?loader)\b/
const DEBUGGED = /--inspect/

/** Whether somebody debugs a run, so that its processes stand still as they please. */
export function isDebugging({ config }: Vitest): boolean {
  return inspector.url() !== undefined || config.inspector.enabled === true
}

/** One core has no time to spare, and a debugger would be shown a process that does nothing. */
function mayHaveSpare({ project, env }: PoolOptions): boolean {
  const { isolate, execArgv } = project.config
  const options = [env['NODE_OPTIONS'], ...execArgv].join(' ')
  if (isDebugging(project.vitest) || DEBUGGED.test(options) || PRELOADS.test(options)) return false
  return isolate && availableParallelism() > 1
}
