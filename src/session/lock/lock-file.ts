import {
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { HostIdentity } from '../../host/host-identity.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import { lifeOfHolder, mayLive } from './life.ts'

/** A file that names nobody may just be being written. */
const UNNAMED_AT_REST_MS = 60_000

/** Who holds a lock, as its file says. */
export interface LockHolder extends ProcessIdentity {
  /** Null: a version of jarvis that did not say. */
  host: HostIdentity | null
  session: string
  /** Local time with offset. */
  since: string
  /** Tells apart two holds of one process. */
  nonce: string
  /** The claim that its process has until it ends: {@link claimMark}. */
  claim?: string | null
  /** What of the machine it is: `GPU 1 (GPU-…)`; null or absent: all of it. */
  holds?: string | null
  /** It was given back, and its file could not be removed. */
  isReleased?: boolean
}

/** The holder that a lock file names; null where there is no file or nothing to be read in it. */
export function readLock(path: string): LockHolder | null {
  try {
    return parseHolder(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** The holder that a text names; null where it names none. */
export function parseHolder(text: string): LockHolder | null {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder> | null
    return typeof holder?.pid === 'number' ? { ...unknownHolder, ...holder } : null
  } catch {
    return null
  }
}

const unknownHolder: LockHolder = {
  pid: 0,
  start: null,
  host: null,
  session: '',
  since: '',
  nonce: '',
}

/** Makes the lock file with its content in one step. Returns whether it was free. */
export function createLock(path: string, holder: LockHolder): boolean {
  const temporary = `${path}.${holder.nonce}`
  try {
    writeFileSync(temporary, JSON.stringify(holder), { mode: 0o600 })
    try {
      linkSync(temporary, path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      // A file system without hard links: made and filled in two steps.
      writeFileSync(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    removeTry(temporary)
  }
}

/** What cannot be removed now goes with whoever has the lock next: {@link removeDeadTries}. */
function removeTry(temporary: string): void {
  try {
    rmSync(temporary, { force: true })
  } catch {
    // It is no lock.
  }
}

/** Replaces what a lock file says, for its holder. */
export function replaceLock(path: string, holder: LockHolder): void {
  const temporary = `${path}.${holder.nonce}`
  try {
    writeFileSync(temporary, JSON.stringify(holder), { mode: 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    removeTry(temporary)
    throw error
  }
}

/**
 * Removes a lock file, if it is this hold's. One that cannot be removed says that it was given back.
 *
 * @returns why it stays; null where it does not
 */
export function removeLock(path: string, nonce: string): string | null {
  removeTry(`${path}.${nonce}`)
  const holder = readLock(path)
  if (holder?.nonce !== nonce) return null
  try {
    rmSync(path, { force: true })
    return null
  } catch (error) {
    try {
      fill(path, { ...holder, isReleased: true })
    } catch {
      // Once its process is gone it is taken over.
    }
    return messageOf(error)
  }
}

/** Writes into a lock file that is there and cannot be removed. */
function fill(path: string, holder: LockHolder): void {
  writeFileSync(path, JSON.stringify(holder), { mode: 0o600 })
}

/**
 * Takes the lock from a holder that is gone, so that of several who see the same dead holder one alone gets
 * it. Returns whether that was us.
 */
export function takeOver(path: string, dead: LockHolder | null, holder: LockHolder): boolean {
  const guard = `${path}.takeover`
  if (!createLock(guard, holder)) {
    const other = readLock(guard)
    if (other === null || mayLive(lifeOfHolder(guard, other))) return false
    // Its taker died at it, or could not remove it. The next try makes the guard again.
    if (isRemoved(guard)) return false
    fill(guard, holder)
  }
  try {
    if (readLock(guard)?.nonce !== holder.nonce) return false
    if (readLock(path)?.nonce !== dead?.nonce) return false
    if (isRemoved(path)) return createLock(path, holder)
    fill(path, holder)
    return readLock(path)?.nonce === holder.nonce
  } finally {
    removeLock(guard, holder.nonce)
  }
}

function isRemoved(path: string): boolean {
  try {
    rmSync(path, { force: true })
    return true
  } catch {
    return false
  }
}

/** Removes what lies beside the lock at `path` of those who were ended while they took it. Never throws. */
export function removeDeadTries(path: string): void {
  const folder = dirname(path)
  try {
    const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.`))
    for (const name of names) {
      if (isDeadTry(join(folder, name))) rmSync(join(folder, name), { force: true })
    }
  } catch {
    // They keep nobody from anything.
  }
}

function isDeadTry(path: string): boolean {
  const holder = readLock(path)
  if (holder !== null) return !mayLive(lifeOfHolder(path, holder))
  const facts = statSync(path, { throwIfNoEntry: false })
  return facts !== undefined && Date.now() - facts.mtimeMs > UNNAMED_AT_REST_MS
}
