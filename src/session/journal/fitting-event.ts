import type { SessionEvent } from '../../events/index.ts'
import { SEAL_LENGTH } from './check-value.ts'
import { lineBody, type Stamp } from './journal-line.ts'
import { LONGEST_LINE_BYTES } from './line-cutter.ts'

/** What an event that does not fit into a line is tried with: so many characters of each text, at most. */
const TEXT_LIMITS = [1024 * 1024, 64 * 1024, 1024]
/** So many elements of a list for each of these characters. */
const CHARACTERS_PER_ELEMENT = 16

/**
 * An event and what {@link lineBody} makes of it. Where that is longer than a line may be, its longest texts are cut
 * and say so, and its longest lists of numbers are null.
 *
 * @throws Error for an event that is too large all the same
 */
export function fittingEvent(
  event: SessionEvent,
  stamp: Stamp,
): { event: SessionEvent; body: Buffer } {
  const body = bodyThatFits(event, stamp)
  if (body !== null) return { event, body }
  for (const limit of TEXT_LIMITS) {
    const smaller = cut(event, limit) as SessionEvent
    const smallerBody = bodyThatFits(smaller, stamp)
    if (smallerBody !== null) return { event: smaller, body: smallerBody }
  }
  throw new Error(`it is larger than the ${megabytes(LONGEST_LINE_BYTES)} of a line`)
}

function bodyThatFits(event: SessionEvent, stamp: Stamp): Buffer | null {
  try {
    const body = lineBody(event, stamp)
    return body.length + SEAL_LENGTH <= LONGEST_LINE_BYTES ? body : null
  } catch (error) {
    // JSON that is longer than any text may be.
    if (error instanceof RangeError) return null
    throw error
  }
}

function cut(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return value.length <= limit ? value : cutText(value, limit)
  if (Array.isArray(value)) {
    const most = limit / CHARACTERS_PER_ELEMENT
    const isNumbers = value.length > most && value.every((each) => typeof each === 'number')
    // A part of the numbers would tell something else than all of them.
    return isNumbers ? null : value.slice(0, most).map((each) => cut(each, limit))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cut(each, limit)]))
}

function cutText(text: string, limit: number): string {
  const start = text.slice(0, limit).replace(/[\u{d800}-\u{dbff}]$/u, '')
  const missing = text.length - start.length
  const why = `a line of the journal holds ${megabytes(LONGEST_LINE_BYTES)}`
  return `${start}… [cut: ${missing} more characters are left out, as ${why}]`
}

function megabytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`
}
