const LINE_FEED = 10

/**
 * Takes bytes as they come and gives the JSON values of the lines that are complete; null once a line is no
 * JSON or longer than `maxBytes`.
 */
export function jsonLines(maxBytes: number): (bytes: Buffer) => unknown[] | null {
  let parts: Buffer[] = []
  let size = 0
  return (bytes) => {
    const values: unknown[] = []
    let from = 0
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      const line = Buffer.concat([...parts, bytes.subarray(from, end)])
      if (line.length > maxBytes) return null
      try {
        values.push(JSON.parse(line.toString('utf8')))
      } catch {
        return null
      }
      parts = []
      size = 0
      from = end + 1
    }
    size += bytes.length - from
    if (size > maxBytes) return null
    parts.push(bytes.subarray(from))
    return values
  }
}
