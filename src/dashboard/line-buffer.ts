/** No line is wider than any terminal, in UTF-16 units. */
const LONGEST_LINE = 500

/** The last lines of a text, numbered from its beginning. */
export interface LineBuffer {
  lines: string[]
  /** Lines before the first that is kept. */
  dropped: number
  limit: number
}

export function lineBuffer(limit: number): LineBuffer {
  return { lines: [], dropped: 0, limit }
}

/** Adds a line; the oldest ones go where there are too many. */
export function pushLine(buffer: LineBuffer, text: string): void {
  buffer.lines.push(text.slice(0, LONGEST_LINE))
  // In one go now and then: taking the first of an array away moves all others.
  if (buffer.lines.length < buffer.limit * 2) return
  const many = buffer.lines.length - buffer.limit
  buffer.lines.splice(0, many)
  buffer.dropped += many
}
