import type { JournalEntry, ScenarioResult, SessionEvent } from '../../events/index.ts'
import { isAt, SEAL_LENGTH } from './check-value.ts'
import { eventShapes } from './event-shapes.ts'
import { bytesOf, type CutLine } from './line-cutter.ts'
import { memberRange } from './member-range.ts'

/** Where the bytes of one result stand: `[start, end)` of a journal file. */
export interface RowRange {
  file: string
  start: number
  end: number
  /** Number of its event. */
  seq?: number
  /** What of it is known without reading it again. */
  glance?: Glance
}

/** What of a result says whether it is wanted. */
export type Glance = Pick<ScenarioResult, 'domain' | 'loadout' | 'status'>

/** `[start, end)`. */
interface Range {
  start: number
  end: number
}

/** The head of a line that holds a result, as our writer puts it; the result's bytes begin where it ends. */
const RESULT_HEAD =
  /^\{"seq":\d+,"time":"[^"\\]*",(?:"elapsed":[\d.e+-]+,)?(?:"from_part":\d+,)?"type":"scenario_ended","domain":"[a-z][a-z0-9_-]*","result":(?=\{)/
const LONGEST_HEAD_BYTES = 512
/** `seq`, `time`, `type`, `domain`, `result` and `check`; where they are known, `elapsed` and `from_part` as well. */
const MEMBERS_OF_RESULT = 6
/** What stands before the domain of a result, and between it and the result. */
const [BEFORE_DOMAIN, BEFORE_RESULT] = ['"type":"scenario_ended","domain":"', '","result":']
const BEFORE_RESULT_BYTES = Buffer.from(`${BEFORE_RESULT}{`)
/** Of the head without the number, the time and the domain. */
const BARE_HEAD_LENGTH = `{"seq":,"time":"",${BEFORE_DOMAIN}${BEFORE_RESULT}`.length
const LONGEST_CLOCK_BYTES = 48
const [OPENING_BRACE, CLOSING_BRACE] = [0x7b, 0x7d]

const SHAPES = new Map<string, (entry: unknown) => boolean>(Object.entries(eventShapes))

const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** What stands in a line before its event. */
export type Stamp = Pick<JournalEntry, 'seq' | 'time' | 'elapsed' | 'from_part'>

/**
 * An event as the bytes of its line without the check member. The members stand in a fixed order and a
 * result comes last, so that it can be copied from the journal as it is.
 */
export function lineBody(
  event: SessionEvent,
  { seq, time, elapsed, from_part: part }: Stamp,
): Buffer {
  const clock = elapsed === undefined ? '' : `"elapsed":${elapsed},`
  const place = part === undefined ? '' : `"from_part":${part},`
  const stamp = `{"seq":${seq},"time":${JSON.stringify(time)},${clock}${place}`
  // The most frequent ones are put together without a copy.
  if (event.type === 'scenario_ended') {
    const head = `${stamp}${BEFORE_DOMAIN}${event.domain}${BEFORE_RESULT}`
    return Buffer.from(`${head}${JSON.stringify(event.result)}`)
  }
  const { type, ...members } = event
  const head = `${stamp}"type":${JSON.stringify(type)}`
  const rest = JSON.stringify(members).slice(1, -1)
  return Buffer.from(rest === '' ? head : `${head},${rest}`)
}

/** Where the result stands within what {@link lineBody} has made of one. */
export function resultWithin(body: Buffer): Range {
  const end = body.length
  return { start: headEnd({ piece: body, from: 0, to: end }) ?? 0, end }
}

/**
 * What a line holds, as an event; null where it is no entry. One of a type that this version does not know is taken
 * as it is.
 */
export function asEntry(value: unknown): JournalEntry | null {
  if (!isEntry(value)) return null
  // Of nearly all. Whoever asks for the type compares a text that is there once with itself, not letter by letter.
  if (value.type === 'scenario_ended') value.type = 'scenario_ended'
  return value
}

/** Whether an entry holds what those of its type hold. */
export function isWellFormed(entry: JournalEntry): boolean {
  // Of nearly all; to look at a name that was read takes as long as to look at the members.
  if (entry.type === 'scenario_ended') return eventShapes.scenario_ended(entry)
  return SHAPES.get(entry.type)?.(entry) ?? true
}

/** A line within what was read. */
type Place = Pick<CutLine, 'piece' | 'from' | 'to'>

/**
 * Where the result stands in the piece that holds the line of `entry`; null where there is none.
 *
 * A line of our writer ends with the result and the check value. So does one that has the known members and no other
 * and an object before the check: none of the others is one. (JSON readers take the last of several members of one
 * name, and so may give another result than these bytes are; no program writes that.)
 */
export function resultRange(line: Place, entry: JournalEntry): Range | null {
  const { piece, from, to } = line
  const end = to - SEAL_LENGTH
  const start = ownHeadEnd(line, entry) ?? headEnd(line)
  if (start !== null && piece[end - 1] === CLOSING_BRACE && hasNoOther(entry)) return { start, end }
  const found = memberRange(bytesOf(line), 'result')
  return found && { start: from + found.start, end: from + found.end }
}

/** Whether a result's entry has the known members alone; all but one are there in any case. */
function hasNoOther(entry: JournalEntry): boolean {
  const wanted =
    MEMBERS_OF_RESULT +
    (entry.elapsed === undefined ? 0 : 1) +
    (entry.from_part === undefined ? 0 : 1)
  let members = 0
  // A list of them would be made for each line.
  for (const name in entry) if (Object.hasOwn(entry, name)) members += 1
  return members === wanted
}

/** Where the head of a result's line ends in its piece. */
function headEnd({ piece, from, to }: Place): number | null {
  const head = piece.toString('latin1', from, Math.min(to, from + LONGEST_HEAD_BYTES))
  const length = RESULT_HEAD.exec(head)?.[0].length
  return length === undefined ? null : from + length
}

/**
 * As {@link headEnd}, where the head is as our writer puts it: so nearly all are. Its length follows from what the entry
 * says, but for its clock and part; and what stands at its end stands nowhere else in JSON, as no quote within a text is bare.
 */
function ownHeadEnd({ piece, from }: Place, entry: JournalEntry): number | null {
  if (entry.type !== 'scenario_ended') return null
  let end = from + BARE_HEAD_LENGTH
  end += digitsOf(entry.seq) + entry.time.length + entry.domain.length
  if (entry.elapsed !== undefined || entry.from_part !== undefined) {
    const last = end + LONGEST_CLOCK_BYTES
    while (piece[end] !== OPENING_BRACE && end < last) end += 1
  }
  return isAt(piece, end - BEFORE_RESULT.length, BEFORE_RESULT_BYTES) ? end : null
}

function digitsOf(number: number): number {
  let digits = 1
  for (let most = 10; number >= most; most *= 10) digits += 1
  return digits
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false
  const { seq, time, type, elapsed, from_part } = value as Record<keyof JournalEntry, unknown>
  return (
    Number.isSafeInteger(seq) &&
    (seq as number) > 0 &&
    typeof time === 'string' &&
    TIME.test(time) &&
    typeof type === 'string' &&
    (elapsed === undefined || typeof elapsed === 'number') &&
    (from_part === undefined || Number.isSafeInteger(from_part))
  )
}
