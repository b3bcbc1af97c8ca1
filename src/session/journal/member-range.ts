const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * Where the value of a member stands in the JSON of an object: `[start, end)` in bytes; of several of that name the
 * last, as JSON readers take it. Null for none. The text must be valid JSON.
 */
export function memberRange(json: Buffer, name: string): { start: number; end: number } | null {
  let found: { start: number; end: number } | null = null
  let at = skipSpaces(json, 0) + 1
  for (;;) {
    at = skipSpaces(json, at)
    if (json[at] !== QUOTE) return found
    const keyEnd = endOfString(json, at)
    const key = json.toString('utf8', at, keyEnd)
    at = skipSpaces(json, keyEnd)
    if (json[at] !== COLON) return found
    const start = skipSpaces(json, at + 1)
    const end = endOfValue(json, start)
    if (JSON.parse(key) === name) found = { start, end }
    at = skipSpaces(json, end)
    if (json[at] !== COMMA) return found
    at += 1
  }
}

function skipSpaces(json: Buffer, from: number): number {
  let at = from
  while (SPACES.has(json[at]!)) at += 1
  return at
}

/** The index after the closing quote of a string that begins at `from`. */
function endOfString(json: Buffer, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return Math.min(at + 1, json.length)
}

function endOfValue(json: Buffer, from: number): number {
  let depth = 0
  let at = from
  while (at < json.length) {
    const byte = json[at]!
    if (byte === QUOTE) {
      at = endOfString(json, at)
      if (depth === 0) return at
      continue
    }
    if (OPENING.has(byte)) depth += 1
    else if (CLOSING.has(byte)) {
      // A number or a word ends where its object does.
      if (depth === 0) return at
      depth -= 1
      if (depth === 0) return at + 1
    } else if (depth === 0 && (byte === COMMA || SPACES.has(byte))) return at
    at += 1
  }
  return at
}
