import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../../errors.ts'
import { localIso } from '../../host/local-time.ts'
import { beat, BEAT_MS } from '../../host/signs-of-life.ts'
import {
  createLock,
  type LockHolder,
  readLock,
  removeLock,
  replaceLock,
  takeOver,
} from './lock-file.ts'
import { elsewhereOf, lifeOfHolder, mayLive } from './life.ts'
import { ownProcess } from './own-process.ts'

export const RUN_LOCK = 'run.lock'
/** Some systems take long to tell whether a process lives, so that this is not asked more often. */
const POLL_MS = process.platform === 'win32' ? 2_000 : 250
/** A lock that names nobody is just being made; after some looks it counts as left over. */
const UNNAMED_TRIES = 4
const UNNAMED_PAUSE_MS = 25

export interface RunLockOptions {
  /** The private folder that holds the lock. */
  folder: string
  /** Session directory, or what stands for it until there is one. */
  session: string
  /** Seconds to wait for a run that holds it; 0: do not. */
  wait: number
  /** Called once, when there is something to wait for. */
  onWait?(holder: RunHolder): void
  /** Ends the wait with this signal's reason. */
  signal?: AbortSignal
}

/** Who holds the lock. */
export interface RunHolder {
  pid: number
  start: string | null
  /** The name of its host; null for this one. */
  elsewhere: string | null
  session: string
  /** Local time with offset. */
  since: string
}

/** The right to be the only run of this machine, until it is released. */
export interface RunLock {
  release(): void
  /** The run whose lock was found and whose process is gone; its services may have been left. */
  stale: { pid: number; start: string | null; session: string } | null
  /** Says where the session is, once there is one. */
  update(session: string): void
}

/**
 * Takes the machine's run lock. A lock whose process is gone is taken over.
 *
 * @throws JarvisError RUN_LOCKED naming the run that holds it, when it is not released in time
 */
export async function acquireRunLock(options: RunLockOptions): Promise<RunLock> {
  const path = join(options.folder, RUN_LOCK)
  return holdLock(path, options, (first) => locked(first, options.wait))
}

/** Takes the lock at `path`, or throws what `refused` makes of its holder. */
export async function holdLock(
  path: string,
  options: Omit<RunLockOptions, 'folder'>,
  refused: (first: RunHolder) => JarvisError,
): Promise<RunLock> {
  const since = localIso(new Date())
  const holder = { ...ownProcess(), session: options.session, since, nonce: randomUUID() }
  const deadline = performance.now() + options.wait * 1_000
  const waiting = options.signal === undefined ? {} : { signal: options.signal }
  let told = false
  for (let unnamed = 0; ;) {
    options.signal?.throwIfAborted()
    if (createLock(path, holder)) return held(path, holder, null)
    const first = readLock(path)
    unnamed = first === null ? unnamed + 1 : 0
    const life = first === null ? null : lifeOfHolder(path, first)
    if (first !== null && life !== null && mayLive(life)) {
      const named = { ...first, elsewhere: elsewhereOf(life)?.elsewhere.name ?? null }
      if (performance.now() >= deadline) throw refused(named)
      if (!told) options.onWait?.(named)
      told = true
      const pause = Math.min(POLL_MS, Math.max(1, deadline - performance.now()))
      // oxlint-disable-next-line no-await-in-loop -- waits for the other run
      await sleep(pause, undefined, waiting).catch(() => {})
      continue
    }
    const dead = first !== null || unnamed > UNNAMED_TRIES
    if (dead && takeOver(path, first, holder)) return held(path, holder, first)
    // oxlint-disable-next-line no-await-in-loop -- another one makes it, or takes it over
    await sleep(UNNAMED_PAUSE_MS)
  }
}

function held(path: string, holder: LockHolder, dead: LockHolder | null): RunLock {
  let current = holder
  let released = false
  // Who sees other processes than this one, in a container or on another machine, goes by the file's time.
  const beats = setInterval(() => void beat(path), BEAT_MS)
  beats.unref()
  const isOurs = dead !== null && elsewhereOf(lifeOfHolder(path, dead)) === null
  return {
    stale: isOurs ? { pid: dead.pid, start: dead.start, session: dead.session } : null,
    update(session) {
      if (released) return
      current = { ...current, session }
      replaceLock(path, current)
    },
    release() {
      released = true
      clearInterval(beats)
      removeLock(path, holder.nonce)
    },
  }
}

function locked(first: RunHolder, waited: number): JarvisError {
  const since = first.since.slice(0, 19).replace('T', ' ')
  const where = first.elsewhere === null ? '' : ` on ${first.elsewhere}`
  const who = `pid ${first.pid}${where}, since ${since}, ${first.session}`
  const what = `Another run uses this machine: ${who}.`
  const advice =
    waited > 0
      ? `It did not end within ${waited} s: wait for it or stop it, then start again.`
      : 'Wait for it or stop it, or set JARVIS_WAIT to the seconds to wait for it.'
  return new JarvisError('RUN_LOCKED', `${what} ${advice}`)
}
