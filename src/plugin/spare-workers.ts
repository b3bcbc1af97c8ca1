import inspector from 'node:inspector'
import nodeModule from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ForksPoolWorker, type PoolOptions, type PoolWorker, type WorkerRequest } from 'vitest/node'

/**
 * Vitest's own workers, a process for each file; that of the next file is started while the one before
 * loads its scenarios, and so is there when its turn comes. By the first scenario it has started: nothing that
 * is measured waits for it (`bench/first-request.ts`).
 */
export class SpareWorkers {
  /** Files of this run that have no worker yet. */
  #files = 0
  #spare: ForkedWorker | null = null

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
    void spare?.stop()
    return this.#worker(options)
  }

  /** No more files come: the run has ended or is cancelled. */
  async dispose(): Promise<void> {
    this.#files = 0
    const spare = this.#spare
    this.#spare = null
    await spare?.stop()
  }

  #worker(options: PoolOptions): ForkedWorker {
    return new ForkedWorker(options, () => {
      if (this.#files <= 0 || this.#spare !== null || !mayHaveSpare(options)) return
      this.#spare = this.#worker(options)
      this.#spare.startAhead()
    })
  }
}

/** One core has no time to spare, and a debugger would be shown a process that does nothing. */
function mayHaveSpare({ project, env, execArgv }: PoolOptions): boolean {
  const debugged =
    inspector.url() !== undefined ||
    project.vitest.config.inspector.enabled ||
    /--inspect|bootloader/.test(`${env['NODE_OPTIONS'] ?? ''} ${execArgv.join(' ')}`)
  return project.config.isolate && !debugged && availableParallelism() > 1
}

/** Vitest's worker in a process, which may be started before Vitest starts it. */
class ForkedWorker extends ForksPoolWorker {
  readonly #options: PoolOptions
  readonly #onRun: () => void
  #started: Promise<void> | null = null
  #failed = false
  #ended = false

  /** `onRun` is called when the worker is told to run its file. */
  constructor(options: PoolOptions, onRun: () => void) {
    super({ ...options, env: { ...compileCache(), ...options.env } })
    this.#options = options
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
    return !this.#ended && !this.#failed && isDeepStrictEqual(own, { env, execArgv })
  }

  override start(): Promise<void> {
    this.#started ??= super.start().then(() => this.on('exit', () => (this.#ended = true)))
    return this.#started
  }

  /** Vitest's own would wait for ever for the end of a process that a signal has ended before. */
  override async stop(): Promise<void> {
    if (!this.#ended) await super.stop()
  }

  override send(message: WorkerRequest): void {
    super.send(message)
    if (message.type === 'run') this.#onRun()
  }
}

/** What is compiled is kept for the next worker, as it is for this process. Empty where that is switched off. */
function compileCache(): NodeJS.ProcessEnv {
  const directory = nodeModule.getCompileCacheDir()
  // Node gives the folder of its own version within the one to name.
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}
