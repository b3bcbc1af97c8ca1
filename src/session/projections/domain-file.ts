import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { replaceFileWith, writeAll } from '../../host/durable-file.ts'
import type { RowRange } from '../journal/journal-line.ts'

/** How rows stand in the file: no others, before the first, between two, after the last. */
export const EMPTY = '[]\n'
export const OPEN = '[\n'
export const BETWEEN = ',\n'
export const CLOSE = '\n]\n'
/** Rows are copied from the journal in pieces of about this size. */
const PIECE_BYTES = 1024 * 1024

/** Up to these a file is written anew after every batch; beyond, at a deadline. */
const CHEAP_MS = 5
const CHEAP_ROWS = 2_000
/** A large file is written anew at most as often as costs a tenth of the time, and 20 MB/s of the disk. */
const COST_FACTOR = 10
const BYTES_PER_MS = 20_000
const RETRY_MS = 1_000
/** More rows than these are not held until then: a hundred parts of a plan come faster than any run gives them. */
const MOST_WAITING_ROWS = 50_000

/**
 * `{domain}.json`: an array of results, valid JSON whenever it is opened, as every change is a fresh file
 * renamed into place. Its rows are not held: they are ranges of the journal until they are copied.
 */
export class DomainFile {
  readonly #path: string
  readonly #allRows: () => Promise<RowRange[]>
  readonly #onFault: (error: unknown) => void
  #pending: RowRange[] = []
  /** All rows, of a run that was resumed: one of them may give way to a later one. */
  #held: RowRange[] | null
  /** Rows that are in the file have given way: it is written anew. */
  #isAnew: boolean
  /** Rows that were found again in the journal, some of them before they were added. */
  #found = new Set<string>()
  /** Numbers of the events of rows that have given way. */
  readonly #dropped = new Set<number>()
  #rows = 0
  #size = 0
  #notBefore = 0
  /** Writings in a row that did not succeed. */
  #failed = 0
  #closed = false
  #timer: NodeJS.Timeout | null = null
  /** Works on the file that have begun or wait for their turn, and the end of the last of them. */
  #works = 0
  #last: Promise<unknown> = Promise.resolve()

  /**
   * `allRows` finds every row again, for a file that somebody else has changed. `held`: those that earlier parts of a
   * resumed run have given.
   */
  constructor(
    path: string,
    allRows: () => Promise<RowRange[]>,
    onFault: (error: unknown) => void,
    held: RowRange[] | null = null,
  ) {
    this.#held = held
    this.#isAnew = held !== null
    this.#path = path
    this.#allRows = allRows
    this.#onFault = onFault
  }

  /** Takes rows for the next time that the file is written. */
  add(rows: RowRange[]): void {
    for (const row of rows) {
      if (this.#found.has(keyOf(row))) continue
      this.#pending.push(row)
      this.#held?.push(row)
    }
  }

  /** Leaves out rows, by the numbers of their events, as others have taken their places. */
  drop(seqs: ReadonlySet<number>): void {
    if (this.#held === null) return
    for (const seq of seqs) this.#dropped.add(seq)
    const left = this.#standing(this.#held)
    if (left.length === this.#held.length) return
    this.#held = left
    this.#isAnew = true
  }

  /** Writes the file when it is due, now or at its deadline. */
  touch(): void {
    if (this.#closed || this.#works > 0 || !this.#stale) return
    const isFull = this.#failed === 0 && this.#pending.length > MOST_WAITING_ROWS
    const wait = isFull ? 0 : this.#notBefore - performance.now()
    if (wait > 0 && this.#timer !== null) return
    if (wait <= 0) {
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timer = null
      return void this.#inTurn(() => this.#rewrite())
    }
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.touch()
    }, wait)
    // Closing writes the file in any case.
    this.#timer.unref()
  }

  /** Writes all that was added, whatever the deadline. Resolves when it is there or could not be written. */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#writeAll())
  }

  /** Writes the file anew where somebody has removed it. Returns whether that was so: one that is not written yet was not. */
  restore(): Promise<boolean> {
    return this.#inTurn(async () => {
      const isRemoved = this.#size > 0 && !existsSync(this.#path)
      if (isRemoved) await this.#findAll()
      await this.#writeAll()
      return isRemoved
    })
  }

  /** Writes all that was added; what cannot be written now never is. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  get #stale(): boolean {
    return this.#pending.length > 0 || this.#size === 0 || this.#isAnew
  }

  /**
   * One thing at a time is done with the file: what one of them knows of it (its size, which rows it has, its temporary
   * file) no other may change meanwhile.
   */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#works += 1
    const done = this.#last.then(work).finally(() => {
      this.#works -= 1
    })
    // What came meanwhile is written next.
    this.#last = done.then(
      () => this.touch(),
      () => this.touch(),
    )
    return done
  }

  async #writeAll(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    // A second try: the first may find that somebody has changed the file.
    for (let failed = 0; this.#stale && failed < 2;) {
      // oxlint-disable-next-line no-await-in-loop -- rows may be added while the file is written
      if (!(await this.#rewrite())) failed += 1
    }
  }

  async #rewrite(): Promise<boolean> {
    if (this.#isAnew && this.#held !== null) this.#beginAnew(this.#held)
    const rows = this.#pending
    this.#pending = []
    const started = performance.now()
    try {
      const base = this.#rows === 0 ? 0 : this.#size
      this.#size = await appendRows(this.#path, base, rows)
      this.#rows += rows.length
    } catch (error) {
      this.#failed += 1
      await this.#giveBack(rows, error)
      this.#notBefore = performance.now() + RETRY_MS
      return false
    }
    this.#failed = 0
    const ended = performance.now()
    const cost = ended - started
    const cheap = cost < CHEAP_MS || this.#rows <= CHEAP_ROWS
    // Fixed now: a deadline that is computed again as the file grows never comes.
    this.#notBefore = cheap ? 0 : ended + Math.max(COST_FACTOR * cost, this.#size / BYTES_PER_MS)
    return true
  }

  async #giveBack(rows: RowRange[], error: unknown): Promise<void> {
    this.#pending = [...rows, ...this.#pending]
    this.#onFault(error)
    const { code } = error as NodeJS.ErrnoException
    if (!(error instanceof ChangedError) && code !== 'ENOENT') return
    // Where that fails the rows are still known by their ranges; the file is tried again.
    await this.#findAll().catch(() => {})
  }

  /**
   * Takes all rows from the journal, for a file that begins anew. A journal that is not there holds none. Rows that are
   * added while it is read may be in it or not.
   */
  async #findAll(): Promise<void> {
    const known = this.#rows + this.#pending.length
    const held = this.#held === null ? null : [...this.#held]
    const all = this.#standing(await this.#allRows())
    const expected = held === null ? known : this.#standing(held).length
    if (all.length < expected) throw new Error('the journal lacks results')
    this.#found = new Set(all.map(keyOf))
    const isNew = (row: RowRange): boolean => !this.#found.has(keyOf(row))
    if (this.#held !== null) {
      this.#held = [...all, ...this.#held.filter(isNew)]
      return this.#beginAnew(this.#held)
    }
    this.#pending = [...all, ...this.#pending.filter(isNew)]
    this.#rows = 0
    this.#size = 0
  }

  #standing(rows: readonly RowRange[]): RowRange[] {
    return rows.filter(({ seq }) => seq === undefined || !this.#dropped.has(seq))
  }

  #beginAnew(rows: readonly RowRange[]): void {
    this.#pending = [...rows]
    this.#rows = 0
    this.#size = 0
    this.#isAnew = false
  }
}

function keyOf({ file, start }: RowRange): string {
  return `${start} ${file}`
}

/** The file is not as it was left. */
class ChangedError extends Error {}

/**
 * Replaces the array at `path` by itself and more rows; `size` is its present size, 0 to begin anew.
 * Returns the new size in bytes.
 */
export async function appendRows(path: string, size: number, rows: RowRange[]): Promise<number> {
  let end = 0
  await replaceFileWith(
    path,
    async (file) => {
      if (size > 0 && (await file.stat()).size !== size) {
        throw new ChangedError(`${path} was changed by another program`)
      }
      end = await writeRows(file, size, rows)
    },
    size > 0 ? { copyOf: path } : {},
  )
  return end
}

/** How many bytes the array of these rows takes. */
export function arraySize(rows: RowRange[]): number {
  if (rows.length === 0) return EMPTY.length
  const bytes = rows.reduce((sum, { start, end }) => sum + end - start, 0)
  return OPEN.length + bytes + BETWEEN.length * (rows.length - 1) + CLOSE.length
}

async function writeRows(file: FileHandle, size: number, rows: RowRange[]): Promise<number> {
  if (size === 0 && rows.length === 0) return writeAt(file, 0, [Buffer.from(EMPTY)])
  let position = size === 0 ? 0 : size - CLOSE.length
  let before = size === 0 ? OPEN : BETWEEN
  for await (const piece of rowBytes(rows)) {
    const parts: Uint8Array[] = []
    for (const row of piece) {
      parts.push(Buffer.from(before), row)
      before = BETWEEN
    }
    position = await writeAt(file, position, parts)
  }
  return writeAt(file, position, [Buffer.from(CLOSE)])
}

async function writeAt(file: FileHandle, position: number, parts: Uint8Array[]): Promise<number> {
  const bytes = Buffer.concat(parts)
  await writeAll(file, bytes, position)
  return position + bytes.length
}

/**
 * The bytes of rows, read from the journal in pieces.
 *
 * @yields groups of rows
 */
export async function* rowBytes(rows: RowRange[]): AsyncGenerator<Buffer[]> {
  let path = ''
  let journal: FileHandle | null = null
  try {
    for (let from = 0; from < rows.length;) {
      const to = endOfPiece(rows, from)
      const piece = rows.slice(from, to)
      const { file, start } = piece[0] as RowRange
      if (file !== path || journal === null) {
        // oxlint-disable-next-line no-await-in-loop -- pieces are read in order, so that few are held
        await (journal as FileHandle | null)?.close()
        // oxlint-disable-next-line no-await-in-loop -- see above
        journal = await open(file, 'r')
        path = file
      }
      const length = (piece.at(-1) as RowRange).end - start
      // oxlint-disable-next-line no-await-in-loop -- see above
      const bytes = await readExactly(journal, start, length)
      yield piece.map((row) => bytes.subarray(row.start - start, row.end - start))
      from = to
    }
  } finally {
    await journal?.close()
  }
}

function endOfPiece(rows: RowRange[], from: number): number {
  const first = rows[from] as RowRange
  let to = from + 1
  for (; to < rows.length; to += 1) {
    const row = rows[to] as RowRange
    if (row.file !== first.file || row.end - first.start > PIECE_BYTES) break
  }
  return to
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let read = 0
  while (read < length) {
    // oxlint-disable-next-line no-await-in-loop -- each read continues where the last one stopped
    const { bytesRead } = await file.read(bytes, read, length - read, position + read)
    if (bytesRead === 0) throw new Error('the journal is shorter than it was')
    read += bytesRead
  }
  return bytes
}
