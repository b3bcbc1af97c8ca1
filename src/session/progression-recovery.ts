import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppendFile } from './append-file.ts'
import { readJournal } from './journal-reader.ts'
import { progressionLines } from './progression.ts'
import type { SessionState } from './state.ts'

type Progress = SessionState['progression']

/**
 * Appends to `progression.log` the lines of the journal that are missing at its end. Lines of the log that no
 * event stands for stay. `known` says up to where the log was complete at some time.
 */
export async function completeProgression(directory: string, known: Progress): Promise<Progress> {
  const path = join(directory, 'progression.log')
  const text = await readFile(path).catch(() => Buffer.alloc(0))
  const end = text.lastIndexOf('\n') + 1
  const from = known.bytes <= end ? known : { seq: 0, bytes: 0 }
  const present = text.toString('utf8', from.bytes, end).split(/(?<=\n)/)
  const missing = await missingLines(directory, from.seq, present)
  const file = await AppendFile.open(path, end)
  try {
    await file.append(Buffer.from(missing.lines.join('')), { sync: true })
    return { seq: missing.seq, bytes: file.size }
  } finally {
    await file.close()
  }
}

async function missingLines(
  directory: string,
  after: number,
  present: string[],
): Promise<{ seq: number; lines: string[] }> {
  const lines: string[] = []
  let seq = after
  let next = 0
  for await (const entry of readJournal(directory)) {
    if (entry.seq <= after) continue
    seq = entry.seq
    for (const line of progressionLines(entry)) {
      const found = present.indexOf(line, next)
      // Once one is missing, so are all that follow: the log is written in the journal's order.
      if (lines.length > 0 || found === -1) lines.push(line)
      else next = found + 1
    }
  }
  return { seq, lines }
}
