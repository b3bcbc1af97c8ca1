import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type OwnJournal, ownJournal, type OwnRow, problemsOf } from './own-checker.ts'

/** How the end of a file is lost: it is gone, or there are zeros in its place, as some file systems leave it. */
export type Loss = 'cut' | 'zeros'

/** So much of the end of a file is at stake. */
export const AT_STAKE_BYTES = 64 * 1024

/** Of no process: more than any system counts to. */
const NOBODY = 2 ** 22 + 1

/** The bytes of a file without its end from `offset` on. */
export function without(bytes: Buffer, offset: number, loss: Loss): Buffer {
  if (loss === 'cut') return bytes.subarray(0, offset)
  const zeroed = Buffer.from(bytes)
  zeroed.fill(0, offset)
  return zeroed
}

/** A session that is damaged again and again. */
export interface TornSession {
  directory: string
  /** Another copy of it. */
  copyTo(directory: string): TornSession
  /** Where the lines of a file end, as they are kept: the offset after each line break. */
  lineEnds(name: string): number[]
  /** Puts it as it was, and then damages one file from `offset` on. */
  damage(name: string, offset: number, loss: Loss): void
  sizeOf(name: string): number
  /** Results that stand whole in what is left of the journal, told by nothing of ours. */
  rowsBefore(offset: number): OwnRow[]
  /** What is wrong with it once it was completed: all of `rows` must be there. */
  problems(rows: readonly OwnRow[]): string[]
}

/** A copy of a session directory at `directory`, with its files as they are kept. */
export function tornSession(original: string, directory: string): TornSession {
  const names = ['events.jsonl', 'llm.json', 'progression.log', 'state.json']
  const kept = new Map(names.map((name) => [name, readFileSync(join(original, name))]))
  // The process that has made it lives on.
  const state = String(kept.get('state.json')).replace(/"pid": \d+/, `"pid": ${NOBODY}`)
  kept.set('state.json', Buffer.from(state))
  cpSync(original, directory, { recursive: true })
  const { lines } = ownJournal(original, false)
  return tornCopy(directory, kept, lines)
}

function tornCopy(
  directory: string,
  kept: ReadonlyMap<string, Buffer>,
  lines: OwnJournal['lines'],
): TornSession {
  const lineEnds = (name: string): number[] => {
    const ends: number[] = []
    const bytes = kept.get(name)!
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) ends.push(at + 1)
    return ends
  }
  const ends = lineEnds('events.jsonl')
  return {
    directory,
    lineEnds,
    copyTo(another) {
      cpSync(directory, another, { recursive: true })
      return tornCopy(another, kept, lines)
    },
    sizeOf: (name) => kept.get(name)!.length,
    damage(name, offset, loss) {
      for (const [each, bytes] of kept) writeFileSync(join(directory, each), bytes)
      writeFileSync(join(directory, name), without(kept.get(name)!, offset, loss))
    },
    rowsBefore(offset) {
      const whole = ends.filter((end) => end <= offset).length
      return lines.slice(0, whole).flatMap(({ result }) => (result === undefined ? [] : [result]))
    },
    problems(rows) {
      const told = rows.map(({ name, status }) => `${name}: ${status}`)
      return problemsOf(directory, { told, isOver: true })
    },
  }
}
