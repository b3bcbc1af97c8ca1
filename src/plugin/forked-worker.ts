import { type ChildProcess, fork } from 'node:child_process'
import nodeModule from 'node:module'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import * as vitestNode from 'vitest/node'
import type { PoolOptions, WorkerRequest } from 'vitest/node'
import { textInto } from './safe-output.ts'
import { kernelKills, LastWords } from './out-of-memory.ts'

type Forks = typeof vitestNode.ForksPoolWorker

/** Vitest calls it experimental: a version without it keeps its own pool. */
export const ForksPoolWorker: Forks | undefined = (vitestNode as { ForksPoolWorker?: Forks })
  .ForksPoolWorker

export const POOL_NAME = 'jarvis-forks'

/** How long the last words of a process that has ended are waited for. */
const LAST_WORDS_MS = 200

/** Who hears what becomes of workers. */
export interface WorkerEvents {
  /** It is told to run its files. */
  runs(worker: ForkedWorker): void
  /** It has run them. */
  ran(worker: ForkedWorker): void
  /** Its process has ended. `how`, as a sentence goes on with it; null where it was to end. */
  ended(worker: ForkedWorker, how: Promise<string> | null): void
}

/** Vitest's worker in a process, which may be started before Vitest starts it. */
export class ForkedWorker extends (ForksPoolWorker ?? (Object as unknown as Forks)) {
  override readonly name = POOL_NAME
  /** Name of the Vitest project that it runs for: of one that is started ahead, only once it is taken. */
  project: string
  /** Absolute paths of what it is told to run, in order. */
  files: readonly string[] = []
  readonly #options: PoolOptions
  readonly #outlivesTerminal: boolean
  readonly #events: WorkerEvents
  readonly #lastWords = new LastWords()
  #starting: Promise<void> | null = null
  #lives = false
  #failed = false
  #stops = false
  #kernelKills = 0

  constructor(options: PoolOptions, outlivesTerminal: boolean, events: WorkerEvents) {
    super({ ...options, env: { ...compileCache(options.env), ...options.env } })
    this.project = options.project.name
    const { outputStream, errorStream } = options.project.vitest.logger
    Object.assign(this, { stdout: textInto(outputStream), stderr: textInto(errorStream) })
    this.#options = options
    this.#outlivesTerminal = outlivesTerminal
    this.#events = events
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

  /** Null where Vitest does not show it, or before it has started. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  override start(): Promise<void> {
    if (this.#outlivesTerminal && this.#starting === null) this.#forkApart()
    this.#starting ??= super.start().then(() => {
      this.#lives = true
      this.on('exit', (code: number | null, signal: string | null) => this.#ended(code, signal))
      this.#process?.stderr?.on('data', (bytes: Buffer) => this.#lastWords.hear(bytes.toString()))
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
    this.#stops = true
    if (this.#lives) await super.stop()
  }

  /** Ends it before its turn has come. A process that is not needed must not harm a run. */
  async giveUp(): Promise<void> {
    await this.#starting?.catch(() => {})
    await this.stop().catch(() => {})
  }

  override send(message: WorkerRequest): void {
    if (message.type === 'run') {
      this.files = message.context.files.map(({ filepath }) => filepath)
      this.#kernelKills = kernelKills()
    }
    super.send(message)
    if (message.type === 'run') this.#events.runs(this)
  }

  override deserialize(data: unknown): unknown {
    const message = super.deserialize(data)
    if ((message as { type?: unknown } | null)?.type === 'testfileFinished') this.#events.ran(this)
    return message
  }

  /** Vitest keeps it to itself. */
  get #process(): ChildProcess | undefined {
    return (this as unknown as { _fork?: ChildProcess })._fork
  }

  #ended(code: number | null, signal: string | null): void {
    this.#lives = false
    // What it printed last may come after the news of its end; a child of its own may keep the pipe open.
    const printed = new Promise((resolve) => this.#process?.stderr?.once('end', resolve))
    const cause = Promise.race([printed, sleep(LAST_WORDS_MS)]).then(() =>
      this.#cause(code, signal),
    )
    this.#events.ended(this, this.#stops ? null : cause)
  }

  #cause(code: number | null, signal: string | null): string {
    const { heapFull } = this.#lastWords
    if (heapFull !== null) {
      const advice =
        "keep less at once, or raise its limit: execArgv: ['--max-old-space-size=8192']"
      return `it ran out of memory (${heapFull}): ${advice}`
    }
    const kills = kernelKills() - this.#kernelKills
    if (signal === 'SIGKILL' && kills > 0) {
      return 'its process ended with SIGKILL, most likely by the kernel, which has ended a process as no memory was left'
    }
    return signal === null
      ? `its process ended with exit code ${code}`
      : `its process ended with ${signal}`
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
