import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { JarvisError } from '../../errors.ts'
import type { JournalEntry } from '../../events/index.ts'
import { Chain, type DamageKind, newerVersion } from './chain.ts'
import { directoryOf, journalFiles, openJournal, unreadable } from './journal-files.ts'
import { type CutLine, LineCutter } from './line-cutter.ts'

const CHUNK_BYTES = 1024 * 1024

/** A place where a journal is not as it should be. */
export interface JournalDamage {
  file: string
  /** Counted from 1. */
  line: number
  kind: DamageKind
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
 * @throws JarvisError USAGE for a journal that cannot be read, or that a newer version of jarvis wrote
 */
export async function* readLines(
  directory: string,
  onDamage: (damage: JournalDamage) => void = () => {},
  onEnd: (tail: JournalTail) => void = () => {},
): AsyncGenerator<JournalLine[]> {
  let [seq, certainSeq] = [0, 0]
  let tail: JournalTail | null = null
  for (const [index, path] of (await journalFiles(directory)).entries()) {
    const chain = new Chain((line, kind) => onDamage({ file: basename(path), line, kind }))
    const before = certainSeq
    let [bytes, terminated] = [0, true]
    // oxlint-disable-next-line no-await-in-loop -- files and chunks are read in order
    for await (const raw of rawLines(path)) {
      const lines: JournalLine[] = []
      for (const line of raw) {
        const read = chain.next(line)
        if (read !== null || line.terminated) {
          bytes = line.terminated ? line.end + 1 : line.end
          terminated = line.terminated
        }
        // An event that a failed file still holds stands in the next file again.
        if (read === null || read.entry.seq <= before) continue
        refuseNewer(path, read.entry)
        seq = read.entry.seq
        if (read.isCertain) certainSeq = seq
        lines.push({ ...line, ...read, number: chain.line, file: index + 1, path })
      }
      if (lines.length > 0) yield lines
    }
    tail = { file: index + 1, bytes, terminated, seq, check: chain.check }
  }
  if (tail !== null) onEnd(tail)
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
  try {
    for (let position = 0; ;) {
      // oxlint-disable-next-line no-await-in-loop -- chunks are read in order
      const chunk = await readChunk(file, path, position)
      if (chunk.length === 0) break
      position += chunk.length
      const lines = cutter.take(chunk)
      if (lines.length > 0) yield lines
    }
    const rest = cutter.rest()
    if (rest !== null) yield [rest]
  } finally {
    await file.close()
  }
}

async function readChunk(file: FileHandle, path: string, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  try {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw unreadable(path, error)
  }
}
