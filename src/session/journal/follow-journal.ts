import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JournalEntry } from '../../events/index.ts'
import { journalName } from './journal-files.ts'
import { Chain } from './journal-reader.ts'

const CHUNK_BYTES = 256 * 1024
const LINE_BREAK = 10
/** How often a journal that has no more to say is asked again. */
const POLL_MS = 100

/**
 * The events of a session in order, also those that are still to come: groups of them, as they become
 * durable. An empty group says that there is nothing new. It ends after `run_ended`, or when asked to.
 *
 * @yields groups of events
 */
export async function* followJournal(
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<JournalEntry[]> {
  const tail = new Tail(directory)
  try {
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- the journal is read in order
      const entries = await tail.read()
      yield entries ?? []
      if (entries?.some(({ type }) => type === 'run_ended')) return
      // oxlint-disable-next-line no-await-in-loop
      if (entries === null) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    await tail.close()
  }
}

/** Reads a journal from where it was left the last time; goes on to its next file where there is one. */
class Tail {
  readonly #directory: string
  #number = 0
  #file: FileHandle | null = null
  #chain = new Chain(() => {})
  #position = 0
  #rest: Buffer = Buffer.alloc(0)
  #seq = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Null where nothing new is there. */
  async read(): Promise<JournalEntry[] | null> {
    if (this.#file === null && !(await this.#next())) return null
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const file = this.#file as FileHandle
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, this.#position)
    if (bytesRead === 0) return (await this.#next()) ? [] : null
    this.#position += bytesRead
    return this.#entries(Buffer.concat([this.#rest, chunk.subarray(0, bytesRead)]))
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  #entries(data: Buffer): JournalEntry[] {
    const entries: JournalEntry[] = []
    let from = 0
    for (let to = data.indexOf(LINE_BREAK); to !== -1; to = data.indexOf(LINE_BREAK, from)) {
      const entry = this.#chain.next(data.subarray(from, to), true)?.entry
      from = to + 1
      // An event that a failed file still holds stands in the next file again.
      if (entry === undefined || entry.seq <= this.#seq) continue
      this.#seq = entry.seq
      entries.push(entry)
    }
    this.#rest = data.subarray(from)
    return entries
  }

  async #next(): Promise<boolean> {
    const path = join(this.#directory, journalName(this.#number + 1))
    const file = await open(path, 'r').catch(() => null)
    if (file === null) return false
    await this.#file?.close()
    this.#file = file
    this.#number += 1
    this.#chain = new Chain(() => {})
    this.#position = 0
    this.#rest = Buffer.alloc(0)
    return true
  }
}
