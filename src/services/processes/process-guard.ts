import { JarvisError } from '../../errors.ts'
import { clearTimeout, performance, setTimeout } from '../../host/real-time.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { Holding } from '../warm/holding.ts'
import type { Watched } from './guard-protocol.ts'
import {
  START_TIMEOUT_MS,
  startWatchdog,
  type Watchdog,
  type WatchdogOptions,
} from './watchdog-process.ts'

/** The run's end of its watchdog. */
export interface ProcessGuard {
  /** From now on the process and its tree are ended when this process dies. */
  watch(process: Watched): void
  forget(pid: number): void
  /** Makes a later session the one that is completed when this process dies. */
  attach(sessionDirectory: string): void
  /** Tells it that all is well: it exits without doing anything. */
  end(): Promise<void>
}

/** A watchdog that may still be starting. */
export interface SpawnedGuard extends ProcessGuard {
  /** Resolves when it listens. Rejects with JarvisError SERVICE_FAILED when it does not start. */
  readonly ready: Promise<void>
  /** What stays up when this process goes; null: nothing does. */
  keep(holding: Holding | null): void
  /** Tells it that all is well, and leaves to it what is kept, for so many seconds. */
  leave(idle: number): void
  /** Tells it what this process keeps for a run, or has left of one; see {@link GuardMessage}. */
  standBehind(run: ProcessIdentity | null, holding: Holding | null): void
}

/** Called with a sentence when a watchdog was lost, replaced, or could not be. */
export type OnGuardNews = (level: 'WARN' | 'ERROR', sentence: string) => void

/** So many that end soon are replaced at once; from then on there are pauses. */
const AT_ONCE = 5
/** The last one is that of all that follow. */
const PAUSES_S = [5, 15, 60] as const
/** One that has lived so long had nothing wrong with it. */
const STEADY_MS = 60_000

/** Starts the watchdog, a process of its own that outlives this one. One that is ended by somebody else is replaced. */
export function spawnGuard(
  onNews: OnGuardNews = () => {},
  options: WatchdogOptions = {},
): SpawnedGuard {
  return new WatchedGuard(onNews, options)
}

/**
 * Starts the watchdog of a session and waits until it listens.
 *
 * @throws JarvisError SERVICE_FAILED when it does not start
 */
export async function startGuard({ session }: { session: string }): Promise<ProcessGuard> {
  const guard = spawnGuard()
  guard.attach(session)
  await guard.ready
  return guard
}

/** The watchdog and what it was told, so that another one can be told it again. */
class WatchedGuard implements SpawnedGuard {
  readonly ready: Promise<void>
  readonly #onNews: OnGuardNews
  readonly #options: WatchdogOptions
  #holding: Holding | null = null
  /** Null: it stands behind nobody. */
  #behind: { run: ProcessIdentity | null; holding: Holding | null } | null = null
  readonly #sessions: string[] = []
  readonly #watched = new Map<number, Watched>()
  readonly #begun = performance.now()
  readonly #listens = Promise.withResolvers<void>()
  #watchdog: Watchdog | null = null
  #hasListened = false
  #isOver = false
  /** Lost ones of which each had lived for a short time only. */
  #losses = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onNews: OnGuardNews, options: WatchdogOptions) {
    this.#onNews = onNews
    this.#options = options
    this.ready = this.#listens.promise
    // Whoever needs it waits for it.
    this.ready.catch(() => {})
    this.#start(null)
  }

  watch({ pid, start, grace, tag }: Watched): void {
    const watched = { pid, start, grace, ...(tag !== undefined && { tag }) }
    this.#watched.set(pid, watched)
    this.#watchdog?.tell({ type: 'watch', ...watched })
  }

  forget(pid: number): void {
    this.#watched.delete(pid)
    this.#watchdog?.tell({ type: 'forget', pid })
  }

  attach(session: string): void {
    this.#sessions.push(session)
    this.#watchdog?.tell({ type: 'attach', session })
  }

  keep(holding: Holding | null): void {
    if (holding === null && this.#holding === null) return
    this.#holding = holding
    this.#watchdog?.tell({ type: 'keep', holding })
  }

  standBehind(run: ProcessIdentity | null, holding: Holding | null): void {
    this.#behind = { run, holding }
    this.#watchdog?.tell({ type: 'stand_behind', run, holding })
  }

  leave(idle: number): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#watchdog?.tell({ type: 'leave', idle })
  }

  async end(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#timer)
    await this.#watchdog?.end()
  }

  /** @param lost - how the one before ended; null for the first */
  #start(lost: string | null): void {
    const begun = performance.now()
    const watchdog = startWatchdog(
      [
        ...this.#sessions.map((session) => ({ type: 'attach', session }) as const),
        ...[...this.#watched.values()].map((leader) => ({ type: 'watch', ...leader }) as const),
        ...(this.#holding === null ? [] : [{ type: 'keep', holding: this.#holding } as const]),
        ...(this.#behind === null ? [] : [{ type: 'stand_behind', ...this.#behind } as const]),
      ],
      this.#options,
    )
    this.#watchdog = watchdog
    watchdog.ready.then(
      () => this.#listening(lost),
      // It is gone then.
      () => {},
    )
    void watchdog.gone.then((how) => {
      if (this.#isOver) return
      this.#watchdog = null
      this.#losses = performance.now() - begun < STEADY_MS ? this.#losses + 1 : 1
      this.#replace(how)
    })
  }

  #listening(lost: string | null): void {
    this.#hasListened = true
    this.#listens.resolve()
    if (lost === null || this.#isOver) return
    if (this.#losses <= AT_ONCE) {
      this.#onNews('WARN', `${lostText(lost)}: another one has taken its place`)
      return
    }
    clearTimeout(this.#timer)
    const watchdog = this.#watchdog
    this.#timer = setTimeout(() => {
      if (watchdog !== this.#watchdog || this.#isOver) return
      this.#losses = 0
      this.#onNews('WARN', 'The watchdog stays up again: what this run starts is looked after')
    }, STEADY_MS)
    this.#timer.unref()
  }

  #replace(how: string): void {
    if (!this.#hasListened && this.#isHopeless) {
      this.#isOver = true
      this.#listens.reject(notStarted(how))
      return
    }
    if (this.#losses <= AT_ONCE) return this.#start(how)
    const pause = PAUSES_S[Math.min(this.#losses - AT_ONCE, PAUSES_S.length) - 1]!
    if (this.#losses === AT_ONCE + 1) this.#onNews('ERROR', unguardedText(how, this.#losses))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#start(how), pause * 1_000)
    this.#timer.unref()
  }

  /** One that has never listened will not do so soon. */
  get #isHopeless(): boolean {
    return this.#losses > AT_ONCE || performance.now() - this.#begun > START_TIMEOUT_MS
  }
}

function lostText(how: string): string {
  const why = how === 'SIGKILL' ? ', as the system does when memory runs out' : ''
  return `The watchdog was ended (${how}${why})`
}

function unguardedText(how: string, losses: number): string {
  const what = `The watchdog was ended ${losses} times in a row (${how}) and is started again after pauses`
  return `${what}: should this run be killed meanwhile, what it started stays until the next run`
}

function notStarted(how: string): JarvisError {
  const advice = 'without it nothing would end the services of a killed run'
  const cause = new Error(how)
  return new JarvisError('SERVICE_FAILED', `The watchdog did not start: ${advice}.`, { cause })
}
