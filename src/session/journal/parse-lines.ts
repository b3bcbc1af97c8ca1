import { bytesOf, type CutLine } from './line-cutter.ts'

/** To parse this much at once takes a sixth less than line by line; more would keep too much in memory at a time. */
const TOGETHER_BYTES = 64 * 1024
const [COMMA, OPENING, CLOSING, LINE_BREAK] = [0x2c, 0x5b, 0x5d, 0x0a]

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
export function parsedAlone(line: CutLine): unknown {
  try {
    return JSON.parse(bytesOf(line).toString())
  } catch {
    return undefined
  }
}

/** Where the lines end that stand directly behind each other, and are not too many. */
function endOfGroup(lines: readonly CutLine[], from: number): number {
  const most = lines[from]!.start + TOGETHER_BYTES
  let to = from + 1
  while (to < lines.length && lines[to]!.follows && lines[to - 1]!.end <= most) to += 1
  return to
}

function parsedTogether(lines: readonly CutLine[], from: number, to: number): unknown[] | null {
  if (to - from === 1) return null
  const { piece, from: first } = lines[from]!
  // Line breaks are part of no line, so that nobody looks at them any more.
  for (let at = from; at < to - 1; at += 1) piece[lines[at]!.to] = COMMA
  try {
    const values = JSON.parse(listText(piece, first, lines[to - 1]!.to)) as unknown[]
    return values.length === to - from ? values : null
  } catch {
    return null
  }
}

/** The bytes of some values as a list: where line breaks stand around them its brackets take their place, so that no text is copied. */
function listText(piece: Buffer, from: number, to: number): string {
  const isWithin = from > 0 && to < piece.length && piece[to] === LINE_BREAK
  if (!isWithin) return `[${piece.toString('utf8', from, to)}]`
  piece[from - 1] = OPENING
  piece[to] = CLOSING
  return piece.toString('utf8', from - 1, to + 1)
}
