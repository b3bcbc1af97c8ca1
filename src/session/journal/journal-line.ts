import type { JournalEntry, SessionEvent } from '../../events/index.ts'
import { SEAL_LENGTH } from './check-value.ts'

/** Where the bytes of one result stand: `[start, end)` of a journal file. */
export interface RowRange {
  file: string
  start: number
  end: number
}

/** The head of a line that holds a result; the result's bytes begin where it ends. */
const RESULT_HEAD =
  /^\{"seq":\d+,"time":"[^"]*",(?:"elapsed":[\d.]+,)?"type":"scenario_ended","domain":"\w+","result":(?=\{)/
const LONGEST_HEAD_BYTES = 160

/**
 * An event as the bytes of its line without the check member. The members stand in a fixed order and a
 * result comes last, so that it can be copied from the journal as it is.
 */
export function lineBody(event: SessionEvent, seq: number, time: string, elapsed?: number): Buffer {
  const clock = elapsed === undefined ? '' : `"elapsed":${elapsed},`
  const head = `{"seq":${seq},"time":${JSON.stringify(time)},${clock}"type":${JSON.stringify(event.type)}`
  // The most frequent ones are put together without a copy.
  if (event.type === 'scenario_ended') {
    const { domain, result } = event
    return Buffer.from(`${head},"domain":"${domain}","result":${JSON.stringify(result)}`)
  }
  const { type: _, ...members } = event
  const rest = JSON.stringify(members).slice(1, -1)
  return Buffer.from(rest === '' ? head : `${head},${rest}`)
}

/** Where the result stands within a line; null for a line that holds none. `length`: without check member. */
export function resultWithin(line: Buffer, length: number): { start: number; end: number } | null {
  const head = RESULT_HEAD.exec(line.toString('latin1', 0, LONGEST_HEAD_BYTES))
  return head === null ? null : { start: head[0].length, end: length }
}

/** The event of a line that was read whole; null where it is no entry. */
export function parseLine(line: Buffer): JournalEntry | null {
  try {
    const entry = JSON.parse(line.toString()) as JournalEntry
    return typeof entry.seq === 'number' && typeof entry.type === 'string' ? entry : null
  } catch {
    return null
  }
}

/** The range of the result in a line that begins at `start` of `file`. */
export function rowRange(line: Buffer, file: string, start: number): RowRange | null {
  const within = resultWithin(line, line.length - SEAL_LENGTH)
  return within && { file, start: start + within.start, end: start + within.end }
}
