import { identify } from '../host/process-identity.ts'
import {
  NO_RESULT,
  type WorkerLoss,
  type WorkerNotes,
  type WorkerStall,
} from '../reporter/index.ts'
import { endProcesses } from '../services/index.ts'
import type { WorkerFollower } from '../services/leases/lease-server.ts'
import type { Hello } from '../services/leases/lease-protocol.ts'
import { ProgressReader, type ToldTests } from '../services/leases/worker-progress.ts'
import type { ForkedWorker, WorkerEvents } from './forked-worker.ts'
import { isHeld } from './held-process.ts'
import {
  begunWith,
  isOver,
  type Phase,
  stallOf,
  TICK_MS,
  verdictOn,
  type Watched,
  type WhyEnded,
} from './watched-file.ts'

export interface WorkerWatchOptions {
  /** The limit of a test of a project that has none of its own, in milliseconds. */
  testTimeout(project: string): number
  /** Whether workers may stand still for as long as somebody likes. */
  isDebugging(): boolean
  onLost(loss: WorkerLoss): void
  onStalled(stall: WorkerStall): void
  note(message: string): void
  /** Milliseconds of a clock that does not jump. @default performance.now */
  now?: () => number
}

/**
 * Knows how each worker gets on with its file, ends one that hangs, and tells of one that is lost.
 *
 * Time is counted by ticks of this process: while the machine sleeps, or this process is busy or held, there are none.
 */
export class WorkerWatch implements WorkerNotes {
  readonly #options: WorkerWatchOptions
  readonly #now: () => number
  readonly #watched = new Map<string, Watched>()
  /** Processes whose end is known, and not yet why. */
  readonly #endings = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | null = null
  #last = 0
  #toldHelpless = false

  constructor(options: WorkerWatchOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** What the pool of ours tells. */
  readonly events: WorkerEvents = {
    runs: (worker) => {
      const [file] = worker.files
      if (file !== undefined) this.#begin(worker.project, file).worker = worker
    },
    ran: (worker) => {
      for (const one of this.#of(worker)) {
        const { project, file, recorded } = one
        one.phase = 'over'
        // Vitest could not send how its last tests went, nor that it has ended.
        if (!recorded) this.#options.onLost({ project, file, kind: 'unsent', how: NO_RESULT })
      }
    },
    ended: (worker, how) => this.#ended(worker, how),
  }

  /** What the lease server hears of a worker, of whatever pool. */
  follow({ project, file, pid, progress, debugged }: Hello): WorkerFollower {
    const known = this.#watched.get(keyOf(project, file))
    const isOurs = known !== undefined && (known.worker?.pid ?? pid) === pid && !isOver(known)
    const one = isOurs ? known : this.#begin(project, file)
    one.process ??= identify(pid)
    one.progress ??= readerOf(progress)
    this.#joinWorker(one, pid)
    Object.assign(one, { debugged, line: 'open', silent: 0, still: 0 })
    const enter = (phase: Phase): void => {
      if (!isOver(one)) Object.assign(one, { phase, silent: 0, still: 0, stallTold: false })
    }
    return {
      beat: (isDebugged) => void Object.assign(one, { debugged: isDebugged, silent: 0 }),
      asks: (limit) => {
        one.limit = limit
        enter('waiting')
      },
      answered: () => enter('running'),
      released: () => enter('released'),
      gone: () => this.#gone(one),
    }
  }

  told(project: string, file: string): ToldTests | null {
    return this.#watched.get(keyOf(project, file))?.progress?.told() ?? null
  }

  done(project: string, file: string): void {
    const one = this.#watched.get(keyOf(project, file))
    if (one === undefined) return
    one.recorded = true
    one.progress?.close()
    // A process of ours is known to end, and is watched until then.
    if (one.worker === null || one.exited) this.#forget(one)
  }

  /** What is lost by now has been told. */
  async settled(): Promise<void> {
    await Promise.all(this.#endings)
    // Of a pool that is not ours the news of an end may be on its way.
    for (const one of this.#watched.values()) if (one.ended !== null) this.#lost(one, '')
  }

  /** The run has ended. */
  dispose(): void {
    for (const one of this.#watched.values()) this.#forget(one)
    this.#toldHelpless = false
  }

  #begin(project: string, file: string): Watched {
    const key = keyOf(project, file)
    this.#watched.get(key)?.progress?.close()
    const begun = begunWith(project, file)
    this.#watched.set(key, begun)
    if (this.#timer === null) this.#last = this.#now()
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref()
    return begun
  }

  #forget(one: Watched): void {
    one.progress?.close()
    const key = keyOf(one.project, one.file)
    if (this.#watched.get(key) === one) this.#watched.delete(key)
    if (this.#watched.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #of(worker: ForkedWorker): Watched[] {
    return [...this.#watched.values()].filter((one) => one.worker === worker)
  }

  /** Where files share a worker of ours, those before have ended when it says hello for the next. */
  #joinWorker(one: Watched, pid: number): void {
    const others = [...this.#watched.values()].filter(
      (other) => other !== one && other.worker !== null && other.worker.pid === pid,
    )
    one.worker ??= others[0]?.worker ?? null
    for (const other of others) other.phase = 'over'
  }

  #ended(worker: ForkedWorker, how: Promise<string> | null): void {
    const known = this.#of(worker)
    for (const one of known) one.exited = true
    const told = Promise.resolve(how).then((cause) => {
      if (cause !== null) this.#tellLosses(worker, known, cause)
      for (const one of known) {
        one.phase = 'over'
        if (one.recorded) this.#forget(one)
      }
    })
    this.#endings.add(told)
    void told.then(() => this.#endings.delete(told))
  }

  #tellLosses(worker: ForkedWorker, known: readonly Watched[], how: string): void {
    for (const one of known) this.#lost(one, how)
    // Files that share a worker and had not begun.
    const begun = new Set(known.map(({ file }) => file))
    for (const file of worker.files.filter((each) => !begun.has(each))) {
      this.#options.onLost({ project: worker.project, file, kind: 'unbegun', how })
    }
  }

  /** A connection has closed: of another pool than ours, nothing else tells that a worker is lost. */
  #gone(one: Watched): void {
    one.line = 'closed'
    if (one.worker !== null) return
    if (one.phase === 'released') one.phase = 'over'
    else this.#lost(one, 'its process ended, or its thread')
  }

  #lost(one: Watched, how: string): void {
    const isLoss = !isOver(one)
    one.phase = 'over'
    const { project, file, ended } = one
    if (isLoss) this.#options.onLost({ project, file, ...(ended ?? { kind: 'died', how }) })
  }

  #tick(): void {
    const now = this.#now()
    // Of a tick that came late only as much counts as was to be.
    const passed = Math.min(now - this.#last, 2 * TICK_MS)
    this.#last = now
    if (this.#options.isDebugging()) return
    for (const one of this.#watched.values()) {
      one.silent += passed
      one.still += passed
      if (one.progress?.grew() === true) Object.assign(one, { silent: 0, still: 0 })
      this.#judge(one)
    }
  }

  #judge(one: Watched): void {
    const stall = stallOf(one)
    if (stall !== null && !one.stallTold) {
      one.stallTold = true
      this.#options.onStalled(stall)
    }
    const why = verdictOn(one, this.#options.testTimeout(one.project))
    if (why !== null) this.#end(one, why)
  }

  #end(one: Watched, why: WhyEnded): void {
    const pid = one.worker?.pid ?? one.process?.pid ?? null
    if (one.debugged || (pid !== null && isHeld(pid))) {
      // Who is let go gets its time anew.
      Object.assign(one, { silent: 0, still: 0 })
      return
    }
    if (pid === null || pid === process.pid) {
      if (!this.#toldHelpless) this.#options.note(helpless(one, why))
      this.#toldHelpless = true
      return
    }
    one.ended = why
    if (isOver(one)) this.#options.note(leftover(one))
    // Whatever it waits for without yielding goes along.
    const leader = one.process ?? identify(pid)
    void endProcesses({ leaders: [{ ...leader, grace: 0 }] })
  }
}

const keyOf = (project: string, file: string): string => `${project}\0${file}`

function readerOf(path: string | null): ProgressReader | null {
  try {
    return path === null ? null : new ProgressReader(path)
  } catch {
    return null
  }
}

function leftover({ file }: Watched): string {
  return `Something that ${file} left behind lets nothing else happen: its process is ended.`
}

function helpless({ file }: Watched, { kind, how }: WhyEnded): string {
  const what = kind === 'loading' ? 'has not finished loading' : 'has not yielded'
  return (
    `${file} ${what} for ${how}, and jarvis cannot end it, as it runs in a thread of the process of this run: ` +
    'take `pool` out of the Vitest config, and each file has a process that can be ended.'
  )
}
