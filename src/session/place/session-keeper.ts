import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { makeFolder } from '../../host/make-folder.ts'
import type { JournalWriter } from '../journal/journal-writer.ts'
import { folderNow } from './folder-now.ts'
import { linkFolder, removeOwnLink } from './own-link.ts'

/** How often a session is looked after. */
const CHECK_EVERY_MS = 500
/** What was mended so long ago explains what could not be done before. */
const RECENT_MS = 3_000
/** Where a file system gives files other numbers each time, more than this would never end. */
const MOST_REPAIRS = 100
/** In place of what tells a folder from others: no folder is this. */
const NO_FOLDER = 'none'

/** What the keeper of a session works with. */
export interface KeptSession {
  directory: string
  writer: JournalWriter
  /** Writes anew what is open besides the journal and is not at its place. Returns the names. */
  restoreOpen: () => Promise<string[]>
  /** Writes anew all else of its own that is not there. Returns the names. */
  restoreClosed: () => Promise<string[]>
  /** The files of others (logs of services, attachments) that the journal names and that are not there. */
  missing: () => Promise<string[]>
  /** The session is somewhere else now. */
  onMoved: (folder: string) => void
  /** Something to tell that costs nothing. */
  warn: (sentence: string) => void
  /** Something that is lost. `key` names it. */
  fault: (key: string, sentence: string) => void
}

/**
 * Looks after the folder of a session that goes on. Where somebody renames it, its old path becomes a link to the new
 * one as long as the run lasts, so that whoever has it (services, workers, the watchdog) goes on; where it or its
 * journal is removed, what is open is written anew, and what is lost is told.
 */
export class SessionKeeper {
  readonly #kept: KeptSession
  #timer: NodeJS.Timeout | undefined
  readonly #links = new Set<string>()
  #place: string
  /** What tells the folder from others; null before the session is looked after. */
  #folder: string | null = null
  #looking: Promise<boolean> | null = null
  #mendedAt = -Infinity
  #repairs = 0
  #isEnding = false
  #isOver = false

  constructor(kept: KeptSession) {
    this.#kept = kept
    this.#place = kept.directory
  }

  /** Where the session really is. */
  get place(): string {
    return this.#place
  }

  /** Begins to look after it. Where the file system does not tell its files apart, it does not. */
  async begin(): Promise<void> {
    const found = await this.#kept.writer.whereabouts()
    if (found === 'other') return this.stop()
    const folder = found === 'there' ? await identityOf(this.#kept.directory) : null
    // Somebody may have removed or moved it by now.
    this.#folder = folder ?? NO_FOLDER
    this.#timer = setInterval(() => void this.check(), CHECK_EVERY_MS)
    this.#timer.unref()
    if (this.#folder === NO_FOLDER) await this.check()
  }

  /** Mends what is not as it should be. Returns whether that was so, now or a moment ago. Never rejects. */
  async check(): Promise<boolean> {
    if (this.#isOver || this.#folder === null) return false
    this.#looking ??= this.#look().finally(() => (this.#looking = null))
    return (await this.#looking) || this.#isRecent
  }

  /** As {@link check}, at the end of the run: of all files of the session. Nothing is looked after any more. */
  async finish(): Promise<void> {
    await this.#looking
    this.#isEnding = true
    await this.check()
    this.stop()
  }

  stop(): void {
    this.#isOver = true
    clearInterval(this.#timer)
  }

  /** The run is over: the old path is no more. */
  release(): void {
    this.stop()
    for (const link of this.#links) removeOwnLink(link)
  }

  get #isRecent(): boolean {
    return performance.now() - this.#mendedAt < RECENT_MS
  }

  async #look(): Promise<boolean> {
    const { writer, fault } = this.#kept
    try {
      const isMended = await this.#mend()
      if (!isMended) return false
      this.#repairs += 1
      if (this.#repairs > MOST_REPAIRS) this.stop()
      this.#mendedAt = performance.now()
      return true
    } catch (error) {
      const what = `${writer.file.name} was removed and cannot be written again`
      fault('restore', `${what} (${messageOf(error)}): what it held is lost`)
      return false
    }
  }

  async #mend(): Promise<boolean> {
    const { writer, restoreOpen, restoreClosed, fault, warn } = this.#kept
    const found = await writer.whereabouts()
    if (found === 'cut') {
      const { name } = writer.file
      await writer.leaveFile()
      fault('cut', `${name} was cut short by another program: what it held is lost`)
      return true
    }
    if (found !== 'there') return this.#find()
    // Whoever removes a folder may still be at it.
    const isAll = this.#isRecent || this.#isEnding
    const restored = [...(await restoreOpen()), ...(isAll ? await restoreClosed() : [])]
    if (restored.length > 0) warn(`${writtenAgain(restored)}: somebody had removed that`)
    return restored.length > 0
  }

  /** The journal is not at its place. */
  async #find(): Promise<boolean> {
    const { directory, writer } = this.#kept
    if ((await identityOf(directory)) === this.#folder) {
      return this.#restore('somebody had removed that')
    }
    const now = await folderNow(writer.file, directory)
    return now === null || now === directory ? this.#makeAnew() : this.#follow(now)
  }

  #follow(now: string): boolean {
    const { directory, warn, fault, onMoved } = this.#kept
    const link = linkFolder(directory, now)
    if (link === null) {
      const what = `The folder of this session was moved to ${now}, and its old place cannot lead there`
      fault('moved', `${what}: from now on only its journal is written`)
      this.stop()
      return false
    }
    this.#links.add(link)
    this.#place = now
    onMoved(now)
    warn(`The folder of this session was moved: the run goes on in ${now}`)
    return true
  }

  async #makeAnew(): Promise<boolean> {
    const { directory } = this.#kept
    for (const link of this.#links) removeOwnLink(link)
    makeFolder(directory)
    await mkdir(join(directory, 'attachments')).catch(() => {})
    this.#place = directory
    this.#folder = await identityOf(directory)
    return this.#restore('somebody had removed the folder of this session')
  }

  async #restore(why: string): Promise<boolean> {
    const { writer, restoreOpen, restoreClosed, missing, warn, fault } = this.#kept
    const restored = [
      ...(await writer.restore()),
      ...(await restoreOpen()),
      ...(await restoreClosed()),
    ]
    if (restored.length > 0) warn(`${writtenAgain(restored)}: ${why}`)
    const lost = await missing()
    if (lost.length > 0) fault('removed', `${lostText(lost)} removed while the run went on`)
    return restored.length > 0
  }
}

const MOST_NAMES = 3

function writtenAgain(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} written again`
}

function lostText(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  const shown = names.slice(0, MOST_NAMES).join(', ') + more
  return `${shown} ${names.length === 1 ? 'is lost: it was' : 'are lost: they were'}`
}

async function identityOf(folder: string): Promise<string | null> {
  const facts = await stat(folder, { bigint: true }).catch(() => null)
  return facts === null ? null : `${facts.dev} ${facts.ino}`
}
