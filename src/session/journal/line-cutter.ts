import { SEAL_LENGTH } from './check-value.ts'

/** A longer line of a journal is left out by readers, and never written. */
export const LONGEST_LINE_BYTES: number = 64 * 1024 * 1024

/** How much of the end of a line that is too long is kept: what the next one is chained to stands there. */
const KEPT_END_BYTES = SEAL_LENGTH + 1
const LINE_BREAK = 10

/** A line with its place: `[start, end)` of its file in bytes, the line break not included. */
export interface CutLine {
  start: number
  end: number
  /** Whether its line break is there. */
  terminated: boolean
  /** What it stands in, at `[from, to)`: a view of each line would cost more than most of what is done with it. */
  piece: Buffer
  from: number
  to: number
  /** Whether the line before it stands directly before it in the same piece. */
  follows: boolean
  /** Of a line that is too long the end alone is there. */
  isTooLong: boolean
}

/** The bytes of a line. */
export function bytesOf({ piece, from, to }: Pick<CutLine, 'piece' | 'from' | 'to'>): Buffer {
  return piece.subarray(from, to)
}

/** Cuts what is read of a file piece by piece into lines. No more than one line of the longest is ever held. */
export class LineCutter {
  #start = 0
  /** Bytes of the line that is not at its end yet, held or not. */
  #length = 0
  #held: Buffer[] = []

  /** The lines that end within the next piece, whose bytes they share. It may be written over once they are done with. */
  take(piece: Buffer): CutLine[] {
    const lines: CutLine[] = []
    let from = 0
    let follows = false
    for (let to = piece.indexOf(LINE_BREAK); to !== -1; to = piece.indexOf(LINE_BREAK, from)) {
      if (this.#length === 0) {
        lines.push(this.#cutWithin(piece, from, to, follows))
        follows = true
      } else {
        this.#hold(piece.subarray(from, to))
        lines.push(this.#cut(true))
      }
      from = to + 1
    }
    if (from < piece.length) this.#hold(Buffer.from(piece.subarray(from)))
    return lines
  }

  /** What follows the last line break; null for nothing. */
  rest(): CutLine | null {
    return this.#length === 0 ? null : this.#cut(false)
  }

  #cutWithin(piece: Buffer, from: number, to: number, follows: boolean): CutLine {
    const start = this.#start
    const end = start + to - from
    this.#start = end + 1
    const isTooLong = to - from > LONGEST_LINE_BYTES
    const first = isTooLong ? to - KEPT_END_BYTES : from
    return { start, end, terminated: true, piece, from: first, to, follows, isTooLong }
  }

  #hold(bytes: Buffer): void {
    this.#length += bytes.length
    this.#held.push(bytes)
    if (this.#length <= LONGEST_LINE_BYTES) return
    this.#held = [Buffer.from(lastBytes(this.#held, KEPT_END_BYTES))]
  }

  #cut(terminated: boolean): CutLine {
    const [start, length] = [this.#start, this.#length]
    const piece = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
    this.#held = []
    this.#length = 0
    this.#start = start + length + 1
    return {
      start,
      end: start + length,
      terminated,
      piece,
      from: 0,
      to: piece.length,
      follows: false,
      isTooLong: length > LONGEST_LINE_BYTES,
    }
  }
}

function lastBytes(pieces: readonly Buffer[], count: number): Buffer {
  const ends: Buffer[] = []
  let missing = count
  for (const piece of pieces.toReversed()) {
    if (missing <= 0) break
    const end = piece.subarray(Math.max(0, piece.length - missing))
    ends.unshift(end)
    missing -= end.length
  }
  return Buffer.concat(ends)
}
