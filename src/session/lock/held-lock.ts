import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { beat, BEAT_MS } from '../../host/signs-of-life.ts'
import { elsewhereOf, lifeOfHolder } from './life.ts'
import { createLock, type LockHolder, removeLock, replaceLock } from './lock-file.ts'
import type { MachineClaim } from './machine-claim.ts'

/** How often a holder sees to it that its file is there. */
const KEEP_MS = 1_000

/** A run that is gone and had a lock. */
export interface StaleRun {
  pid: number
  start: string | null
  session: string
}

/** The right to be the only run of this machine, or of a part of it, until it is released. */
export interface RunLock {
  /** @returns a sentence where its file could not be removed: it is nobody's, and the next run has it */
  release(): string | null
  /** The runs whose locks were found and whose processes are gone; their services may have been left. */
  stale: readonly StaleRun[]
  /** Says where the session is, once there is one. */
  update(session: string): void
}

/** The run that is gone and had the lock at `path`, where it was one of this machine. */
export function leftBy(dead: LockHolder | null, path: string): StaleRun[] {
  if (dead === null || elsewhereOf(lifeOfHolder(path, dead)) !== null) return []
  return [{ pid: dead.pid, start: dead.start, session: dead.session }]
}

/** A lock of this process: the file that names it and, where the system has one, the claim that nobody removes. */
export class HeldLock implements RunLock {
  readonly path: string
  holder: LockHolder
  claim: MachineClaim | null = null
  stale: readonly StaleRun[] = []
  #isHeld = false
  #beats: NodeJS.Timeout | undefined
  #keeper: NodeJS.Timeout | undefined

  constructor(path: string, holder: LockHolder) {
    this.path = path
    this.holder = holder
  }

  /** It is had from now on; `dead` had it before. */
  begin(dead: LockHolder | null): this {
    this.stale = leftBy(dead, this.path)
    this.#isHeld = true
    // Who sees other processes than this one, in a container or on another machine, goes by the file's time.
    this.#beats = setInterval(() => void beat(this.path), BEAT_MS)
    this.#beats.unref()
    return this
  }

  /** Has a claim, and says so in its file. */
  hold(claim: MachineClaim | null, mark: string | null): void {
    this.claim = claim
    this.holder = { ...this.holder, claim: mark }
  }

  /** A log-out removes the folder, and the next log-in makes it anew: the file is made again then. */
  keep(): void {
    this.#keeper = setInterval(() => this.#restore(), KEEP_MS)
    this.#keeper.unref()
  }

  /** The file is somebody else's: the claim goes to whoever has it next. */
  yield(): void {
    this.claim?.release()
    this.claim = null
  }

  update(session: string): void {
    if (!this.#isHeld) return
    this.holder = { ...this.holder, session }
    try {
      replaceLock(this.path, this.holder)
    } catch {
      // Its folder is gone: it is made again once it can be.
    }
  }

  release(): string | null {
    if (!this.#isHeld) return null
    this.#isHeld = false
    clearInterval(this.#beats)
    clearInterval(this.#keeper)
    const why = removeLock(this.path, this.holder.nonce)
    this.yield()
    return why && `${this.path} could not be removed (${why}): the next run takes it over`
  }

  #restore(): void {
    if (existsSync(this.path)) return
    try {
      const folder = dirname(this.path)
      if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
      createLock(this.path, this.holder)
    } catch {
      // The claim holds; there is nowhere to say whose it is.
    }
  }
}
