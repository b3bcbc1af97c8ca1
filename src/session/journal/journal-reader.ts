import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { JournalEntry } from '../../events/index.ts'
import { checkOf, FIRST_CHECK, SEAL_LENGTH, statedCheck } from './check-value.ts'
import { directoryOf, journalFiles } from './journal-files.ts'
import { parseLine } from './journal-line.ts'

const CHUNK_BYTES = 1024 * 1024
const LINE_BREAK = 10

/**
 * A place where a journal is not as it was written. `torn`: an unfinished line (the last one of a run that
 * lives may be on its way). `edited`: the check value does not fit the bytes. `gap`: a line before this one
 * is missing or unreadable, so this one cannot be checked. `odd`: it is whole, and no event that this version knows.
 */
export interface JournalDamage {
  file: string
  /** Counted from 1. */
  line: number
  kind: 'torn' | 'edited' | 'gap' | 'odd'
}

/** A line that was read, with its place: `[start, end)` in bytes, the line break not included. */
export interface JournalLine {
  /** Counted from 1. */
  file: number
  path: string
  /** Of the line in its file, counted from 1. */
  number: number
  start: number
  end: number
  /** Whether its line break is there. */
  terminated: boolean
  bytes: Buffer
  entry: JournalEntry
  check: number
}

/**
 * The events of a session in order, given its directory or its `events.jsonl`. A bad line is left out and
 * told to `onDamage`. The file is read in pieces and never held whole.
 *
 * @yields one event after the other
 */
export async function* readJournal(
  path: string,
  onDamage?: (damage: JournalDamage) => void,
): AsyncGenerator<JournalEntry> {
  for await (const lines of readLines(directoryOf(path), onDamage)) {
    for (const { entry } of lines) yield entry
  }
}

/** Where the lines of a journal end, and what a next one is chained to. */
export interface JournalTail {
  /** Number of the last file, counted from 1. */
  file: number
  /** Bytes of it up to the end of its last line; an unfinished line that is no entry not counted. */
  bytes: number
  /** Whether that line has its line break. */
  terminated: boolean
  seq: number
  check: number
}

/**
 * As {@link readJournal}, with the events' places; at the end tells where that is.
 *
 * @yields groups of lines
 */
export async function* readLines(
  directory: string,
  onDamage: (damage: JournalDamage) => void = () => {},
  onEnd: (tail: JournalTail) => void = () => {},
): AsyncGenerator<JournalLine[]> {
  let seq = 0
  let tail: JournalTail | null = null
  for (const [index, path] of (await journalFiles(directory)).entries()) {
    const chain = new Chain((line, kind) => onDamage({ file: basename(path), line, kind }))
    let [bytes, terminated] = [0, true]
    // oxlint-disable-next-line no-await-in-loop -- files and chunks are read in order
    for await (const raw of rawLines(path)) {
      const lines: JournalLine[] = []
      for (const line of raw) {
        const read = chain.next(line.bytes, line.terminated)
        if (read !== null || line.terminated) {
          bytes = line.terminated ? line.end + 1 : line.end
          terminated = line.terminated
        }
        // An event that a failed file still holds stands in the next file again.
        if (read === null || read.entry.seq <= seq) continue
        seq = read.entry.seq
        lines.push({ ...line, ...read, number: chain.line, file: index + 1, path })
      }
      if (lines.length > 0) yield lines
    }
    tail = { file: index + 1, bytes, terminated, seq, check: chain.check }
  }
  if (tail !== null) onEnd(tail)
}

/** Checks the lines of one journal file, one after the other. */
export class Chain {
  #previous = FIRST_CHECK
  #seq: number | null = null
  #line = 0
  /** The line before could not be read, so that its check value is not known for certain. */
  #doubtful = false
  readonly #damage: (line: number, kind: JournalDamage['kind']) => void

  constructor(damage: (line: number, kind: JournalDamage['kind']) => void) {
    this.#damage = damage
  }

  /** The number of the line that was read last. */
  get line(): number {
    return this.#line
  }

  /** What the next line is chained to. */
  get check(): number {
    return this.#previous
  }

  next(bytes: Buffer, terminated: boolean): { entry: JournalEntry; check: number } | null {
    this.#line += 1
    const stated = statedCheck(bytes)
    const entry = stated === null ? null : parseLine(bytes)
    if (stated === null || entry === null) return this.#reject(stated, terminated)
    const fits = checkOf(bytes.subarray(0, -SEAL_LENGTH), this.#previous) === stated
    const gap = this.#doubtful || (this.#seq !== null && entry.seq !== this.#seq + 1)
    if (!fits && !(gap && terminated)) return this.#reject(stated, terminated)
    if (!fits) this.#damage(this.#line, 'gap')
    this.#previous = stated
    this.#seq = entry.seq
    this.#doubtful = false
    return { entry, check: stated }
  }

  #reject(stated: number | null, terminated: boolean): null {
    this.#damage(this.#line, stated === null || !terminated ? 'torn' : 'edited')
    // An edited line was followed by one that is chained to the value it states; after a torn one the
    // chain goes on from the last good line.
    if (stated !== null && terminated) this.#previous = stated
    this.#doubtful = true
    if (this.#seq !== null && stated !== null) this.#seq += 1
    return null
  }
}

interface RawLine {
  start: number
  end: number
  terminated: boolean
  bytes: Buffer
}

async function* rawLines(path: string): AsyncGenerator<RawLine[]> {
  const file = await open(path, 'r')
  try {
    let rest: Buffer = Buffer.alloc(0)
    let position = 0
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- chunks are read in order
      const chunk = await readChunk(file, position + rest.length)
      if (chunk.length === 0) break
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const { lines, used } = split(data, position)
      rest = data.subarray(used)
      position += used
      if (lines.length > 0) yield lines
    }
    if (rest.length > 0) {
      yield [{ start: position, end: position + rest.length, terminated: false, bytes: rest }]
    }
  } finally {
    await file.close()
  }
}

function split(data: Buffer, position: number): { lines: RawLine[]; used: number } {
  const lines: RawLine[] = []
  let from = 0
  for (let to = data.indexOf(LINE_BREAK); to !== -1; to = data.indexOf(LINE_BREAK, from)) {
    const [start, end] = [position + from, position + to]
    lines.push({ start, end, terminated: true, bytes: data.subarray(from, to) })
    from = to + 1
  }
  return { lines, used: from }
}

async function readChunk(file: FileHandle, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position)
  return buffer.subarray(0, bytesRead)
}
