import type { JournalEntry } from '../events/index.ts'
import { JarvisError } from '../errors.ts'
import { openRegularFile, readFully } from '../host/regular-file.ts'
import { asEntry, isWellFormed } from '../session/journal/journal-line.ts'
import { bytesOf, type CutLine, LineCutter } from '../session/journal/line-cutter.ts'
import type { LineRange } from './part-index.ts'

const PIECE_BYTES = 256 * 1024

/**
 * The events of some ranges of a journal, in order. What was read of it before told that they are whole.
 *
 * @yields one event after the other
 * @throws JarvisError USAGE where somebody has changed the journal meanwhile
 */
export async function* readRanges(ranges: readonly LineRange[]): AsyncGenerator<JournalEntry> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (const { path, start, end } of ranges) {
    // oxlint-disable-next-line no-await-in-loop -- one range after the other
    const file = await openRegularFile(path)
    try {
      const cutter = new LineCutter()
      for (let at = start; at < end;) {
        const wanted = piece.subarray(0, Math.min(PIECE_BYTES, end - at))
        // oxlint-disable-next-line no-await-in-loop -- see above
        const read = await readFully(file, wanted, at)
        if (read === 0) break
        at += read
        for (const line of cutter.take(wanted.subarray(0, read))) yield entryOf(line, path)
      }
      // The last line of a run that died may lack its line break.
      const rest = cutter.rest()
      if (rest !== null) yield entryOf(rest, path)
    } finally {
      // oxlint-disable-next-line no-await-in-loop -- see above
      await file.close()
    }
  }
}

function entryOf(line: CutLine, path: string): JournalEntry {
  try {
    const entry = asEntry(JSON.parse(bytesOf(line).toString()))
    if (entry !== null && isWellFormed(entry)) return entry
  } catch {
    // It is told below.
  }
  const what = `${path} is not what it was when it was read first`
  throw new JarvisError('USAGE', `${what}: somebody writes it. Merge again when it is at rest.`)
}
