import type { CutLine } from './line-cutter.ts'

/** To parse this much at once takes a sixth less than line by line; more would keep too much in memory at a time. */
const TOGETHER_BYTES = 64 * 1024
const LINE_BREAK_BYTES = 1
const COMMA = 0x2c

/** The lines `[from, to)` of some, and what each holds as JSON; null where that must be asked of each alone. */
interface Group {
  from: number
  to: number
  values: readonly unknown[] | null
}

/**
 * Parses lines of one piece of a file, many at a time. A line break stands in no JSON text but between its tokens, so
 * that a group which parses to as many values as it has lines holds one value in each, unless somebody has made it up:
 * such lines do not fit their check values.
 *
 * @yields groups of lines, in order
 */
export function* parsedGroups(lines: readonly CutLine[]): Generator<Group> {
  for (let from = 0; from < lines.length;) {
    const to = endOfGroup(lines, from)
    yield { from, to, values: parsedTogether(lines, from, to) }
    from = to
  }
}

/** What a line holds as JSON; undefined where it is none. */
export function parsedAlone({ bytes }: CutLine): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** Where the lines end that stand directly behind each other in memory, and are not too many. */
function endOfGroup(lines: readonly CutLine[], from: number): number {
  const first = lines[from]!
  let end = first.bytes.byteOffset + first.bytes.length
  let to = from + 1
  for (; to < lines.length; to += 1) {
    const { bytes } = lines[to]!
    const isNext =
      bytes.byteOffset === end + LINE_BREAK_BYTES && bytes.buffer === first.bytes.buffer
    if (!isNext || end - first.bytes.byteOffset > TOGETHER_BYTES) break
    end += LINE_BREAK_BYTES + bytes.length
  }
  return to
}

function parsedTogether(lines: readonly CutLine[], from: number, to: number): unknown[] | null {
  if (to - from === 1) return null
  const first = lines[from]!.bytes
  const last = lines[to - 1]!.bytes
  const length = last.byteOffset + last.length - first.byteOffset
  const text = Buffer.from(first.buffer, first.byteOffset, length)
  // Line breaks are part of no line, so that nobody looks at them any more.
  for (let at = from; at < to - 1; at += 1) {
    const { byteOffset, length: line } = lines[at]!.bytes
    text[byteOffset - first.byteOffset + line] = COMMA
  }
  try {
    const values = JSON.parse(`[${text.toString()}]`) as unknown[]
    return values.length === to - from ? values : null
  } catch {
    return null
  }
}
