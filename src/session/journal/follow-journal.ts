import { existsSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JournalEntry } from '../../events/index.ts'
import { Chain } from './chain.ts'
import { journalName, openJournal, unreadable } from './journal-files.ts'
import { refuseNewer } from './journal-reader.ts'
import { LineCutter } from './line-cutter.ts'

const CHUNK_BYTES = 256 * 1024
/** How often a journal that has no more to say is asked again. */
const POLL_MS = 100

/**
 * The events of a session in order, also those that are still to come: groups of them, as they become
 * durable. An empty group says that there is nothing new. It ends after the last `run_ended`, or when asked to.
 *
 * @yields groups of events
 * @throws JarvisError USAGE for a journal that cannot be read, or that a newer version of jarvis wrote
 */
export async function* followJournal(
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<JournalEntry[]> {
  const tail = new JournalTail(directory)
  try {
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- the journal is read in order
      const entries = await tail.read()
      yield entries ?? []
      const hasEnded = entries?.some(({ type }) => type === 'run_ended') === true
      // A run that was resumed goes on in the next file.
      if (hasEnded && !tail.hasNext) return
      // oxlint-disable-next-line no-await-in-loop
      if (entries === null) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    await tail.close()
  }
}

/** Reads a journal from where it was left the last time; goes on to its next file where there is one. */
export class JournalTail {
  readonly #directory: string
  #number = 0
  #path = ''
  #file: FileHandle | null = null
  #chain = new Chain(() => {})
  #cutter = new LineCutter()
  #position = 0
  /** Number of the last certain event of this file, and of those before it. */
  #seq = 0
  #seqBefore = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Whether the journal goes on in another file. */
  get hasNext(): boolean {
    return existsSync(join(this.#directory, journalName(this.#number + 1)))
  }

  /** Null where nothing new is there. */
  async read(): Promise<JournalEntry[] | null> {
    if (this.#file === null && !(await this.#next())) return null
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const bytesRead = await this.#fill(chunk)
    if (bytesRead === 0) return (await this.#next()) || (await this.#again()) ? [] : null
    this.#position += bytesRead
    return this.#entries(chunk.subarray(0, bytesRead))
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  async #fill(chunk: Buffer): Promise<number> {
    const file = this.#file as FileHandle
    try {
      return (await file.read(chunk, 0, chunk.length, this.#position)).bytesRead
    } catch (error) {
      throw unreadable(this.#path, error)
    }
  }

  #entries(chunk: Buffer): JournalEntry[] {
    const entries: JournalEntry[] = []
    for (const line of this.#cutter.take(chunk)) {
      const read = this.#chain.next(line)
      // An event that a failed file still holds stands in the next file again.
      if (read === null || read.entry.seq <= this.#seqBefore) continue
      refuseNewer(this.#path, read.entry)
      if (read.isCertain) this.#seq = read.entry.seq
      entries.push(read.entry)
    }
    return entries
  }

  async #next(): Promise<boolean> {
    const path = join(this.#directory, journalName(this.#number + 1))
    if (!existsSync(path)) return false
    this.#number += 1
    return this.#begin(path)
  }

  /** Somebody has removed the file, and the run has written it anew. */
  async #again(): Promise<boolean> {
    const { nlink } = await (this.#file as FileHandle).stat()
    return nlink === 0 && existsSync(this.#path) && this.#begin(this.#path)
  }

  async #begin(path: string): Promise<boolean> {
    const file = await openJournal(path)
    await this.#file?.close()
    this.#file = file
    this.#path = path
    this.#chain = new Chain(() => {})
    this.#cutter = new LineCutter()
    this.#position = 0
    this.#seqBefore = this.#seq
    return true
  }
}
