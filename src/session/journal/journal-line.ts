import type { JournalEntry, SessionEvent } from '../../events/index.ts'
import { isAt, SEAL_LENGTH } from './check-value.ts'
import { eventShapes } from './event-shapes.ts'
import { memberRange } from './member-range.ts'

/** Where the bytes of one result stand: `[start, end)` of a journal file. */
export interface RowRange {
  file: string
  start: number
  end: number
}

interface Range {
  start: number
  end: number
}

/** The head of a line that holds a result, as our writer puts it; the result's bytes begin where it ends. */
const RESULT_HEAD =
  /^\{"seq":\d+,"time":"[^"\\]*",(?:"elapsed":[\d.e+-]+,)?"type":"scenario_ended","domain":"[a-z][a-z0-9_-]*","result":(?=\{)/
const LONGEST_HEAD_BYTES = 512
/** `seq`, `time`, `type`, `domain`, `result` and `check`; where it is known, `elapsed` as well. */
const MEMBERS_OF_RESULT = 6
/** What stands before the domain of a result, and between it and the result. */
const [BEFORE_DOMAIN, BEFORE_RESULT] = ['"type":"scenario_ended","domain":"', '","result":']
const [BEFORE_DOMAIN_BYTES, BEFORE_RESULT_BYTES] = [
  Buffer.from(BEFORE_DOMAIN),
  Buffer.from(`${BEFORE_RESULT}{`),
]
const [OPENING_BRACE, CLOSING_BRACE] = [0x7b, 0x7d]

const SHAPES = new Map<string, (entry: unknown) => boolean>(Object.entries(eventShapes))

const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/**
 * An event as the bytes of its line without the check member. The members stand in a fixed order and a
 * result comes last, so that it can be copied from the journal as it is.
 */
export function lineBody(event: SessionEvent, seq: number, time: string, elapsed?: number): Buffer {
  // The most frequent ones are put together without a copy.
  if (event.type === 'scenario_ended') {
    const head = resultHead(JSON.stringify(time), { ...event, seq, elapsed })
    return Buffer.from(`${head}${JSON.stringify(event.result)}`)
  }
  const { type, ...members } = event
  const head = `{"seq":${seq},"time":${JSON.stringify(time)},${clockOf(elapsed)}"type":${JSON.stringify(type)}`
  const rest = JSON.stringify(members).slice(1, -1)
  return Buffer.from(rest === '' ? head : `${head},${rest}`)
}

function clockOf(elapsed: number | undefined): string {
  return elapsed === undefined ? '' : `"elapsed":${elapsed},`
}

/** Of the line of a result all before it; `time` as JSON. */
function resultHead(
  time: string,
  { seq, elapsed, domain }: { seq: number; elapsed?: number | undefined; domain: string },
): string {
  return `{"seq":${seq},"time":${time},${clockOf(elapsed)}${BEFORE_DOMAIN}${domain}${BEFORE_RESULT}`
}

/** Where the result stands within what {@link lineBody} has made of one. */
export function resultWithin(body: Buffer): Range {
  return { start: headLength(body) ?? 0, end: body.length }
}

/**
 * What a line holds, as an event; null where it is no entry. One of a type that this version does not know is taken
 * as it is.
 */
export function asEntry(value: unknown): JournalEntry | null {
  return isEntry(value) ? value : null
}

/** Whether an entry holds what those of its type hold. */
export function isWellFormed(entry: JournalEntry): boolean {
  return SHAPES.get(entry.type)?.(entry) ?? true
}

/** The range of the result in the line of `entry`, which begins at `start` of `file`. */
export function rowRange(
  line: Buffer,
  entry: JournalEntry,
  file: string,
  start: number,
): RowRange | null {
  const within = resultOf(line, entry)
  return within && { file, start: start + within.start, end: start + within.end }
}

/**
 * A line of our writer ends with the result and the check value. So does one that has the known members and no other
 * and an object before the check: none of the others is one. (JSON readers take the last of several members of one
 * name, and so may give another result than these bytes are; no program writes that.)
 */
function resultOf(line: Buffer, entry: JournalEntry): Range | null {
  const end = line.length - SEAL_LENGTH
  const start = ownHeadLength(line, entry) ?? headLength(line)
  const isLast = start !== null && line[end - 1] === CLOSING_BRACE && hasNoOther(entry)
  return isLast ? { start, end } : memberRange(line, 'result')
}

/** Whether a result's entry has the known members alone; all but one are there in any case. */
function hasNoOther(entry: JournalEntry): boolean {
  const more = entry.elapsed === undefined ? 0 : 1
  return Object.keys(entry).length === MEMBERS_OF_RESULT + more
}

function headLength(line: Buffer): number | null {
  return RESULT_HEAD.exec(line.toString('latin1', 0, LONGEST_HEAD_BYTES))?.[0].length ?? null
}

/** As {@link headLength}, where the first object within the line is the result, as our writer puts it: so nearly all are. */
function ownHeadLength(line: Buffer, entry: JournalEntry): number | null {
  if (entry.type !== 'scenario_ended') return null
  const { domain } = entry
  const length = line.indexOf(OPENING_BRACE, 1)
  const atResult = length - BEFORE_RESULT.length
  const isOwn =
    isAt(line, atResult, BEFORE_RESULT_BYTES) &&
    isAt(line, atResult - domain.length - BEFORE_DOMAIN.length, BEFORE_DOMAIN_BYTES)
  return isOwn ? length : null
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false
  const { seq, time, type, elapsed } = value as Record<keyof JournalEntry, unknown>
  return (
    Number.isSafeInteger(seq) &&
    (seq as number) > 0 &&
    typeof time === 'string' &&
    TIME.test(time) &&
    typeof type === 'string' &&
    (elapsed === undefined || typeof elapsed === 'number')
  )
}
