import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../../errors.ts'
import { localIso } from '../../host/local-time.ts'
import { privateFolderPath } from '../../host/private-folder.ts'
import { HeldLock, type RunLock } from './held-lock.ts'
import { elsewhereOf, lifeOfHolder, mayLive } from './life.ts'
import { createLock, type LockHolder, readLock, removeDeadTries, takeOver } from './lock-file.ts'
import { askClaimant, claimAddress, claimMachine, claimMark } from './machine-claim.ts'
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
  /** Where the machine is claimed beside the file: {@link claimAddress}. @default the file alone */
  address?: string | null
  /** Session directory, or what stands for it until there is one. */
  session: string
  /** Seconds to wait for a run that holds it; 0: do not. */
  wait: number
  /** Called once, when there is something to wait for. */
  onWait?(holder: RunHolder): void
  /** Ends the wait with this signal's reason. */
  signal?: AbortSignal
}

/** Who holds the lock; the pid is 0 where it holds the machine and does not say who it is. */
export interface RunHolder {
  pid: number
  start: string | null
  /** The name of its host; null for this one. */
  elsewhere: string | null
  session: string
  /** Local time with offset. */
  since: string
}

/**
 * Takes the machine's run lock. A lock whose process is gone is taken over.
 *
 * @throws JarvisError RUN_LOCKED naming the run that holds it, when it is not released in time, or where it cannot be written
 */
export async function acquireRunLock(options: RunLockOptions): Promise<RunLock> {
  const path = join(options.folder, RUN_LOCK)
  const refused = (first: RunHolder): JarvisError => locked(first, options.wait)
  const lock = await holdLock(path, options, refused).catch((error: unknown) => {
    throw isSystemError(error) ? unwritable(options.folder, error) : error
  })
  removeDeadTries(path)
  lock.keep()
  return lock
}

/** The run that has the machine; null where none has. */
export async function runHolder(env: NodeJS.ProcessEnv = process.env): Promise<RunHolder | null> {
  const path = join(privateFolderPath(env), RUN_LOCK)
  const named = readLock(path)
  const address = claimAddress(env)
  const answer = address === null ? null : await askClaimant(address)
  const living = answer === null && hasEnded(named, address) ? null : livingHolder(path, named)
  if (living !== null) return living
  return answer === 'silent' ? SILENT : answer && { ...answer, elsewhere: null }
}

/** Takes the lock at `path`, or throws what `refused` makes of its holder. */
export async function holdLock(
  path: string,
  options: Omit<RunLockOptions, 'folder'>,
  refused: (first: RunHolder) => JarvisError,
): Promise<HeldLock> {
  const { address = null, session } = options
  const since = localIso(new Date())
  const held = new HeldLock(path, { ...ownProcess(), session, since, nonce: randomUUID() })
  const deadline = performance.now() + options.wait * 1_000
  const waiting = options.signal === undefined ? {} : { signal: options.signal }
  let told = false
  for (let unnamed = 0; ;) {
    options.signal?.throwIfAborted()
    // oxlint-disable-next-line no-await-in-loop -- tries until it has it
    const claim = address === null ? null : await claimMachine(address, () => held.holder)
    if (claim !== 'taken') {
      held.hold(claim, claim && claimMark(address!))
      if (makeFile(path, held)) return held.begin(null)
    }
    const named = readLock(path)
    const isFree = claim !== 'taken' && claim !== null
    const living = isFree && hasEnded(named, address) ? null : livingHolder(path, named)
    // oxlint-disable-next-line no-await-in-loop -- see above
    const first = living ?? (claim === 'taken' ? await claimant(address!, unnamed) : null)
    unnamed = first === null && (named === null || claim === 'taken') ? unnamed + 1 : 0
    if (first !== null) {
      held.yield()
      if (performance.now() >= deadline) throw refused(first)
      if (!told) options.onWait?.(first)
      told = true
      const pause = Math.min(POLL_MS, Math.max(1, deadline - performance.now()))
      // oxlint-disable-next-line no-await-in-loop -- waits for the other run
      await sleep(pause, undefined, waiting).catch(() => {})
      continue
    }
    const dead = claim !== 'taken' && (named !== null || unnamed > UNNAMED_TRIES)
    if (dead && takeOver(path, named, held.holder)) return held.begin(named)
    held.yield()
    // oxlint-disable-next-line no-await-in-loop -- another one makes it, or takes it over
    await sleep(UNNAMED_PAUSE_MS)
  }
}

/** Whether the file was free. A log-out may have taken its folder away while somebody waited: a claim is enough then. */
function makeFile(path: string, held: HeldLock): boolean {
  try {
    return createLock(path, held.holder)
  } catch (error) {
    if (held.claim !== null && (error as NodeJS.ErrnoException).code === 'ENOENT') return true
    held.yield()
    throw error
  }
}

/** Whether whoever a lock file names has ended, as nobody has the claim that it had. */
function hasEnded(named: LockHolder | null, address: string | null): boolean {
  const { claim = null } = named ?? {}
  return claim !== null && address !== null && claim === claimMark(address)
}

/** Whoever a lock file names, if that run may live. */
function livingHolder(path: string, named: LockHolder | null): RunHolder | null {
  const life = named === null ? null : lifeOfHolder(path, named)
  if (named === null || life === null || !mayLive(life)) return null
  return { ...named, elsewhere: elsewhereOf(life)?.elsewhere.name ?? null }
}

const SILENT: RunHolder = { pid: 0, start: null, elsewhere: null, session: '', since: '' }

/** Who has claimed the machine. It may just have let go: only after some looks is it said to be silent. */
async function claimant(address: string, looks: number): Promise<RunHolder | null> {
  const answer = await askClaimant(address)
  if (answer === 'silent') return SILENT
  if (answer !== null) return { ...answer, elsewhere: null }
  return looks > UNNAMED_TRIES ? SILENT : null
}

/** Who has the machine, for a sentence: `pid 12, since 2026-11-22 23:12:05, logs/RUN_…`. */
export function holderInWords({ pid, elsewhere, since, session }: RunHolder): string {
  if (pid === 0) return 'it does not say which'
  const where = elsewhere === null ? '' : ` on ${elsewhere}`
  return `pid ${pid}${where}, since ${since.slice(0, 19).replace('T', ' ')}, ${session}`
}

function isSystemError(error: unknown): boolean {
  return (
    !(error instanceof JarvisError) && typeof (error as NodeJS.ErrnoException).syscall === 'string'
  )
}

/** Without its lock a run could use the machine beside another one. */
function unwritable(folder: string, cause: unknown): JarvisError {
  const what = `Cannot write the lock of this machine in ${folder} (${messageOf(cause)})`
  const advice = 'free some space there, or make that folder writable'
  return new JarvisError('RUN_LOCKED', `${what}: ${advice}.`, { cause })
}

function locked(first: RunHolder, waited: number): JarvisError {
  const what = `Another run uses this machine: ${holderInWords(first)}.`
  const advice =
    waited > 0
      ? `It did not end within ${waited} s: wait for it or stop it, then start again.`
      : 'Wait for it or stop it, or set JARVIS_WAIT to the seconds to wait for it.'
  return new JarvisError('RUN_LOCKED', `${what} ${advice}`)
}
