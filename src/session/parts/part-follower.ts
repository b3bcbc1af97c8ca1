import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import {
  type EventOf,
  foldEntry,
  type JournalEntry,
  newFold,
  type RunFold,
} from '../../events/index.ts'
import { SILENT_AFTER_S } from '../../host/signs-of-life.ts'
import { JournalTail } from '../journal/follow-journal.ts'
import { beatingFiles, mayBeRunning, sharesProcesses } from '../lock/life.ts'
import type { PartSession } from './divided-runs.ts'

/** Where a part that has begun stands: `late` and `dead` go by what was seen of its files from here. */
export type PartLife = 'running' | 'late' | 'dead' | 'ended'

/** A run writes every four seconds; one that missed three of these is late. */
const LATE_AFTER_S = 12
const LOOK_EVERY_MS = 1_000
/** A run whose process is gone may still be completed by its watchdog. */
const WATCHDOG_MS = 5_000
/** A pipe in place of the file would hold up whoever opens it. Windows has neither. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
/** Pieces of a journal that are read at once before the other parts have their turn. */
const MOST_PIECES = 16

/** The session of one part of a divided run as it grows, and whether its host still shows signs of life. */
export class PartFollower {
  readonly session: PartSession
  /** Its number among the attempts of this part, from 1. */
  readonly attempt: number
  readonly fold: RunFold
  /** The newest sample of its machine; null before the first. */
  sample: EventOf<'sample'> | null = null
  readonly #tail: JournalTail
  readonly #now: () => number
  #signs = ''
  #changedAt: number
  #lookedAt = -Infinity
  /** Since when its process, one of this host, was seen to be gone. */
  #goneAt: number | null = null

  /** @param now - milliseconds by a clock that nobody sets; hosts may have others, so theirs is not looked at */
  constructor(session: PartSession, attempt: number, now = (): number => performance.now()) {
    this.session = session
    this.attempt = attempt
    this.fold = newFold(session.name)
    this.#tail = new JournalTail(session.directory)
    this.#now = now
    this.#changedAt = now()
  }

  /** Where it stands. */
  get life(): PartLife {
    const { end } = this.fold
    if (end !== null) return end.recorded_by === 'run' ? 'ended' : 'dead'
    if (this.silentFor > SILENT_AFTER_S) return 'dead'
    if (this.#goneAt === null) return this.silentFor > LATE_AFTER_S ? 'late' : 'running'
    // Its watchdog may still record how it ended.
    return this.#now() - this.#goneAt > WATCHDOG_MS ? 'dead' : 'late'
  }

  /** Seconds since a change of its files was seen from here, or since it is looked at. */
  get silentFor(): number {
    return (this.#now() - this.#changedAt) / 1_000
  }

  /** Its new events; none where nothing new is there. */
  async read(): Promise<JournalEntry[]> {
    const read: JournalEntry[] = []
    let isAtEnd = false
    for (let piece = 0; piece < MOST_PIECES && !isAtEnd; piece += 1) {
      // oxlint-disable-next-line no-await-in-loop -- the journal is read in order
      const entries = await this.#tail.read()
      isAtEnd = entries === null
      read.push(...(entries ?? []))
    }
    for (const entry of read) {
      foldEntry(this.fold, entry)
      if (entry.type === 'sample') this.sample = entry
    }
    const now = this.#now()
    if (read.length > 0) this.#changedAt = now
    if (isAtEnd && now - this.#lookedAt >= LOOK_EVERY_MS) await this.#look(now)
    return read
  }

  close(): Promise<void> {
    return this.#tail.close()
  }

  async #look(now: number): Promise<void> {
    this.#lookedAt = now
    const signs = await Promise.all(beatingFiles(this.session.directory).map(signOf))
    const text = signs.join('|')
    if (text !== this.#signs && this.#signs !== '') this.#changedAt = now
    this.#signs = text
    const { begin } = this.fold
    // Processes of this host can be asked, which is known at once.
    if (begin === null || !sharesProcesses(begin.host)) return
    const { pid, process_start: start } = begin
    this.#goneAt = mayBeRunning({ pid, start }) ? null : (this.#goneAt ?? now)
  }
}

/**
 * By size and time, whatever clock that is of: only that it changes counts. An open makes a network file system ask its
 * server; a mere look may get what it knew a minute ago.
 */
async function signOf(path: string): Promise<string> {
  const file = await open(path, READ_ONLY).catch(() => null)
  if (file === null) return ''
  try {
    const { ino, size, mtimeMs } = await file.stat()
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return ''
  } finally {
    await file.close().catch(() => {})
  }
}
