import { open } from 'node:fs/promises'
import type { JournalEntry } from '../../events/index.ts'
import { SEAL_LENGTH } from '../../session/journal/check-value.ts'
import { journalFiles } from '../../session/journal/journal-files.ts'
import { parseLine } from '../../session/journal/journal-line.ts'

/** The end of a journal that is looked at: the end of a run is a short line. */
const TAIL_BYTES = 16 * 1024
const LINE_BREAK = 10

/** The last event of a journal by its last line alone; null where that is none, or a long one. */
export async function lastEvent(directory: string): Promise<JournalEntry | null> {
  const path = (await journalFiles(directory)).at(-1)
  const file = path === undefined ? null : await open(path, 'r').catch(() => null)
  if (file === null) return null
  try {
    const { size } = await file.stat()
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
    await file.read(tail, 0, tail.length, size - tail.length)
    const line = tail.subarray(0, tail.at(-1) === LINE_BREAK ? -1 : undefined)
    const entry = line.subarray(line.lastIndexOf(LINE_BREAK) + 1)
    return entry.length > SEAL_LENGTH ? parseLine(entry) : null
  } catch {
    return null
  } finally {
    await file.close()
  }
}
