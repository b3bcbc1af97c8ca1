import { join } from 'node:path'
import type { JournalEntry, SessionEvent } from '../../events/index.ts'
import { syncFolder } from '../../host/durable-file.ts'
import { AppendFile, type Whereabouts } from './append-file.ts'
import { checkOf, checkText, FIRST_CHECK, seal } from './check-value.ts'
import { fittingEvent } from './fitting-event.ts'
import { journalName } from './journal-files.ts'
import { type RowRange, resultWithin, type Stamp } from './journal-line.ts'

/** What is kept for another try while nothing can be written. */
const KEPT_WHILE_FAILING_BYTES = 8 * 1024 * 1024
/** More than this in one write would hold up the loop while it is put together. */
const LARGEST_BATCH_BYTES = 2 * 1024 * 1024
const RETRY_PAUSE_MS = 250
/** A descriptor that gave one of these is given up: a new file may still do. */
const FINAL_CODES = new Set(['EIO', 'EFBIG', 'EBADF', 'ESTALE'])

const GONE = new Set<Whereabouts>(['absent', 'other'])

/** An event that is durable; `row` says where its result stands, if it has one. */
export interface Committed {
  entry: JournalEntry
  row: RowRange | null
}

/** Where a journal goes on: number of its last file, bytes of it that hold, and the end of the chain. */
export interface JournalEnd {
  file: number
  bytes: number
  seq: number
  check: number
}

export interface JournalWriterHandlers {
  /** Called with each batch once it is durable; the next one is held until it returns. Must not throw. */
  committed(batch: Committed[]): Promise<void>
  failed(error: unknown): void
  /** A write succeeded after one that failed. */
  resumed(): void
  /** An event had to be dropped. */
  lost(event: SessionEvent): void
}

interface Pending {
  entry: JournalEntry
  body: Buffer
}

/**
 * Appends events to a journal: everything recorded in one turn of the loop, and while a commit is under
 * way, becomes one write and one fdatasync.
 */
export class JournalWriter {
  /** Bytes that were recorded and are not yet durable. */
  pendingBytes = 0
  readonly #directory: string
  readonly #handlers: JournalWriterHandlers
  #file: AppendFile
  /** Files that could not be written any more; they are open, so that they can be had again when they are removed. */
  readonly #earlier: AppendFile[] = []
  #at: JournalEnd
  #queue: Pending[] = []
  #batch: Pending[] = []
  #working = false
  #failing = false
  #retry: NodeJS.Timeout | null = null
  #attempts = 0
  #waiting: { seq: number; attempt: number; resolve: () => void }[] = []
  #recorded: number

  private constructor(
    directory: string,
    file: AppendFile,
    at: JournalEnd,
    handlers: JournalWriterHandlers,
  ) {
    this.#directory = directory
    this.#file = file
    this.#at = at
    this.#recorded = at.seq
    this.#handlers = handlers
  }

  /** Begins a journal in `directory`, or goes on where one ended. */
  static async open(
    directory: string,
    handlers: JournalWriterHandlers,
    at: JournalEnd = { file: 1, bytes: 0, seq: 0, check: FIRST_CHECK },
  ): Promise<JournalWriter> {
    const file = await openSynced(directory, journalName(at.file), at.bytes)
    return new JournalWriter(directory, file, { ...at }, handlers)
  }

  /** Number of the last durable event and bytes of the file that holds it. */
  get end(): Readonly<JournalEnd> {
    return this.#at
  }

  /**
   * Takes an event for the next batch; `elapsed` in seconds since the session began, `part` the one of a merged session
   * that has told it.
   *
   * @throws Error for one that no line holds
   */
  append(given: SessionEvent, time: string, elapsed?: number, part?: number): void {
    const seq = this.#recorded + 1
    const stamp: Stamp = { seq, time }
    if (elapsed !== undefined) stamp.elapsed = elapsed
    if (part !== undefined) stamp.from_part = part
    const { event, body } = fittingEvent(given, stamp)
    const full = this.#failing && this.pendingBytes + body.length > KEPT_WHILE_FAILING_BYTES
    if (full && event.type !== 'run_ended') return this.#handlers.lost(event)
    this.#recorded = seq
    this.pendingBytes += body.length
    this.#queue.push({ entry: { ...event, ...stamp, check: '' }, body })
    if (this.#retry === null) this.#start()
  }

  /** Resolves once all that was recorded is durable, or a try that began after this call has failed. */
  settled(): Promise<void> {
    if (this.pendingBytes === 0 && !this.#working) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ seq: this.#recorded, attempt: this.#attempts, resolve })
      if (this.#retry !== null) clearTimeout(this.#retry)
      this.#retry = null
      this.#start()
    })
  }

  /** The descriptor of the file that is written now, and its name. */
  get file(): { descriptor: number; name: string } {
    return { descriptor: this.#file.descriptor, name: journalName(this.#at.file) }
  }

  /** What became of the file that is written now. */
  whereabouts(): Promise<Whereabouts> {
    return this.#file.whereabouts(join(this.#directory, journalName(this.#at.file)))
  }

  /**
   * Writes anew each file that is not at its place. Returns the names of those.
   *
   * @throws where one cannot be written, or its descriptor does not hold it any more
   */
  async restore(): Promise<string[]> {
    const restored: string[] = []
    const first = this.#at.file - this.#earlier.length
    for (const [index, file] of [...this.#earlier, this.#file].entries()) {
      const name = journalName(first + index)
      const path = join(this.#directory, name)
      // oxlint-disable-next-line no-await-in-loop -- one after the other: each may be large
      if (!GONE.has(await file.whereabouts(path))) continue
      // oxlint-disable-next-line no-await-in-loop -- see above
      await file.restoreAt(path)
      restored.push(name)
    }
    return restored
  }

  /** Goes on in a new file, as somebody has cut the present one short. */
  async leaveFile(): Promise<void> {
    await this.#nextFile()
  }

  /** Closes the file; what could not be written by now is lost. */
  async close(): Promise<void> {
    await this.settled()
    if (this.#retry !== null) clearTimeout(this.#retry)
    for (const { entry } of [...this.#batch, ...this.#queue]) this.#handlers.lost(entry)
    this.#batch = []
    this.#queue = []
    await Promise.all([...this.#earlier, this.#file].map((file) => file.close()))
  }

  #start(): void {
    if (this.#working) return
    this.#working = true
    setImmediate(() => void this.#work())
  }

  async #work(): Promise<void> {
    while (this.#batch.length > 0 || this.#queue.length > 0) {
      if (this.#batch.length === 0) this.#batch = this.#takeBatch()
      this.#attempts += 1
      try {
        // oxlint-disable-next-line no-await-in-loop -- one commit at a time; the next batch collects meanwhile
        const committed = await this.#commit(this.#batch)
        for (const { body } of this.#batch) this.pendingBytes -= body.length
        this.#batch = []
        if (this.#failing) this.#handlers.resumed()
        this.#failing = false
        // oxlint-disable-next-line no-await-in-loop -- see above
        await this.#handlers.committed(committed)
      } catch (error) {
        return this.#pause(error)
      }
      this.#release((waiting) => waiting.seq <= this.#at.seq)
    }
    this.#working = false
    this.#release(() => true)
  }

  #pause(error: unknown): void {
    this.#failing = true
    this.#working = false
    this.#handlers.failed(error)
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#start()
    }, RETRY_PAUSE_MS)
    this.#release((waiting) => waiting.attempt < this.#attempts)
  }

  #release(isOver: (waiting: { seq: number; attempt: number }) => boolean): void {
    const over = this.#waiting.filter((waiting) => isOver(waiting))
    this.#waiting = this.#waiting.filter((waiting) => !over.includes(waiting))
    for (const { resolve } of over) resolve()
  }

  #takeBatch(): Pending[] {
    let bytes = 0
    let length = 0
    for (const { body } of this.#queue) {
      bytes += body.length
      if (length > 0 && bytes > LARGEST_BATCH_BYTES) break
      length += 1
    }
    return this.#queue.splice(0, length)
  }

  async #commit(batch: Pending[]): Promise<Committed[]> {
    try {
      return await this.#write(batch)
    } catch (error) {
      const final = FINAL_CODES.has((error as NodeJS.ErrnoException).code ?? '')
      if (final || this.#file.broken) await this.#nextFile()
      return this.#write(batch)
    }
  }

  async #write(batch: Pending[]): Promise<Committed[]> {
    const path = join(this.#directory, journalName(this.#at.file))
    const parts: Buffer[] = []
    const committed: Committed[] = []
    let { bytes, check } = this.#at
    for (const { entry, body } of batch) {
      check = checkOf(body, check)
      const end = Buffer.from(`${seal(check)}\n`)
      const within = entry.type === 'scenario_ended' ? resultWithin(body) : null
      const [start, to] = [bytes + (within?.start ?? 0), bytes + (within?.end ?? 0)]
      const row = within && { file: path, start, end: to, seq: entry.seq }
      parts.push(body, end)
      bytes += body.length + end.length
      committed.push({ entry: Object.assign(entry, { check: checkText(check) }), row })
    }
    await this.#file.append(Buffer.concat(parts), { sync: true })
    const seq = batch.at(-1)?.entry.seq ?? this.#at.seq
    this.#at = { file: this.#at.file, bytes, seq, check }
    return committed
  }

  async #nextFile(): Promise<void> {
    const file = this.#at.file + 1
    const next = await openSynced(this.#directory, journalName(file), 0)
    this.#earlier.push(this.#file)
    this.#file = next
    this.#at = { file, bytes: 0, seq: this.#at.seq, check: FIRST_CHECK }
  }
}

/** A file whose name survives a power cut. */
async function openSynced(directory: string, name: string, size: number): Promise<AppendFile> {
  const file = await AppendFile.open(join(directory, name), size)
  try {
    await syncFolder(directory)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
