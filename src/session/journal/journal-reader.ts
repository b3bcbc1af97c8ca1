import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { JournalEntry } from '../../events/index.ts'
import { Chain, type DamageKind, newerVersion } from './chain.ts'
import { directoryOf, journalFiles, openJournal, unreadable } from './journal-files.ts'
import { type CutLine, LineCutter } from './line-cutter.ts'
import { parsedGroups } from './parse-lines.ts'

const CHUNK_BYTES = 1024 * 1024

/** A place where a journal is not as it should be. */
export interface JournalDamage {
  file: string
  /** Counted from 1. */
  line: number
  kind: DamageKind
}

/** A line that was read, with its place. */
export interface JournalLine {
  path: string
  /** Of the line in its file, counted from 1. */
  number: number
  line: CutLine
  entry: JournalEntry
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
 * As {@link readJournal}, with the events' places; at the end tells where that is. A line is looked at when it is asked
 * for, and its bytes are there until the next group is asked for: so nothing of a large journal is held. `firstFile`: the
 * number of the file to begin with.
 *
 * @yields groups of lines
 * @throws JarvisError USAGE for a journal that cannot be read, or that a newer version of jarvis wrote
 */
export async function* readLines(
  directory: string,
  onDamage: (damage: JournalDamage) => void = () => {},
  onEnd: (tail: JournalTail) => void = () => {},
  { firstFile = 1 } = {},
): AsyncGenerator<Iterable<JournalLine>> {
  let tail: JournalTail | null = null
  let certainSeq = 0
  for (const [index, path] of (await journalFiles(directory)).entries()) {
    if (index + 1 < firstFile) continue
    const file = new JournalFile(path, index + 1, certainSeq, onDamage)
    // oxlint-disable-next-line no-await-in-loop -- files and chunks are read in order
    for await (const raw of rawLines(path)) {
      const lines = file.lines(raw)
      yield lines
      // What nobody has asked for is looked at all the same: each line is chained to the one before.
      for (const _ of lines);
    }
    certainSeq = file.certainSeq
    tail = file.tail(tail?.seq ?? 0)
  }
  if (tail !== null) onEnd(tail)
}

/** One file of a journal while it is read. */
class JournalFile {
  readonly #path: string
  readonly #number: number
  readonly #chain: Chain
  /** What a failed file before it holds for certain stands here again. */
  readonly #seqBefore: number
  #seq = 0
  #bytes = 0
  #terminated = true
  /** Number of the last event whose check value fits, here or before. */
  certainSeq: number

  constructor(
    path: string,
    number: number,
    certainSeq: number,
    onDamage: (damage: JournalDamage) => void,
  ) {
    this.#path = path
    this.#number = number
    this.#chain = new Chain((line, kind) => onDamage({ file: basename(path), line, kind }))
    this.#seqBefore = certainSeq
    this.certainSeq = certainSeq
  }

  *lines(raw: readonly CutLine[]): Generator<JournalLine> {
    for (const { from, to, values } of parsedGroups(raw)) {
      for (let at = from; at < to; at += 1) {
        const line = raw[at]!
        const read = this.#chain.next(line, values?.[at - from])
        const { end, terminated } = line
        if (read !== null || terminated) {
          this.#bytes = terminated ? end + 1 : end
          this.#terminated = terminated
        }
        if (read === null || read.entry.seq <= this.#seqBefore) continue
        const { entry } = read
        refuseNewer(this.#path, entry)
        this.#seq = entry.seq
        if (read.isCertain) this.certainSeq = entry.seq
        yield { path: this.#path, number: this.#chain.line, line, entry }
      }
    }
  }

  tail(seqBefore: number): JournalTail {
    const [bytes, terminated] = [this.#bytes, this.#terminated]
    const seq = this.#seq === 0 ? seqBefore : this.#seq
    return { file: this.#number, bytes, terminated, seq, check: this.#chain.check }
  }
}

/** @throws JarvisError USAGE for an event that a newer version of jarvis wrote */
export function refuseNewer(path: string, entry: JournalEntry): void {
  const version = newerVersion(entry)
  if (version === null) return
  const what = `${basename(path)} was written by a newer version of jarvis`
  throw new JarvisError('USAGE', `${what} (schema_version ${version}): update it.`)
}

async function* rawLines(path: string): AsyncGenerator<CutLine[]> {
  const file = await openJournal(path)
  const cutter = new LineCutter()
  // While the lines of one are looked at, the other is filled.
  let [buffer, other] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)]
  let reading = startReading(file, path, buffer, 0)
  try {
    for (let position = 0; ;) {
      // oxlint-disable-next-line no-await-in-loop -- chunks are read in order
      const chunk = await reading
      if (chunk.length === 0) break
      position += chunk.length
      ;[buffer, other] = [other, buffer]
      reading = startReading(file, path, buffer, position)
      const lines = cutter.take(chunk)
      if (lines.length > 0) yield lines
    }
    const rest = cutter.rest()
    if (rest !== null) yield [rest]
  } finally {
    await reading.catch(() => {})
    await file.close()
  }
}

function startReading(
  file: FileHandle,
  path: string,
  buffer: Buffer,
  position: number,
): Promise<Buffer> {
  const reading = readChunk(file, path, buffer, position)
  // It may fail before anybody asks for it.
  reading.catch(() => {})
  return reading
}

async function readChunk(
  file: FileHandle,
  path: string,
  buffer: Buffer,
  position: number,
): Promise<Buffer> {
  try {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw unreadable(path, error)
  }
}
