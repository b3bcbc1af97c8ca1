import { open } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'

/** How much of a log is read at once, and how often in one look: a flooded log must not fill the memory. */
const CHUNK_BYTES = 1024 * 1024
const CHUNKS_A_LOOK = 64
/** What begins or is something that a terminal does not show. */
const SEQUENCES = ['\r', '\u001B', '\u009B']

/** A look whether a line of a log matches; each look reads only what was written since the last one. */
export function logMatcher(pattern: string): (path: string) => Promise<boolean> {
  const expression = new RegExp(pattern)
  let known = { path: '', look: async () => false }
  let looking: Promise<boolean> = Promise.resolve(false)
  return (path) => {
    if (known.path !== path) {
      known = { path, look: reader(path, expression) }
      looking = Promise.resolve(false)
    }
    // A look that was given up on reads on: the next one begins where it ends.
    const { look } = known
    looking = looking.catch(() => false).then((isFound) => isFound || look())
    return looking
  }
}

function reader(path: string, expression: RegExp): () => Promise<boolean> {
  let offset = 0
  let rest = ''
  return async () => {
    const file = await open(path)
    const buffer = Buffer.alloc(CHUNK_BYTES)
    try {
      for (let chunk = 0; chunk < CHUNKS_A_LOOK; chunk += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
        const { bytesRead } = await file.read({ buffer, position: offset })
        const text = rest + buffer.toString('latin1', 0, bytesRead)
        const lines = text.split('\n')
        offset += bytesRead
        rest = lines.at(-1)?.slice(-CHUNK_BYTES) ?? ''
        if (lines.some((line) => readings(line).some((each) => expression.test(each)))) return true
        if (bytesRead < CHUNK_BYTES) return false
      }
      return false
    } finally {
      await file.close()
    }
  }
}

/**
 * A line as a terminal shows it: without colours, and what a progress bar printed over itself one after the other; and
 * as it stands, for patterns that name the colours. Bytes are decoded here, where a line is whole: a chunk may end
 * inside a character, or inside a colour.
 */
function readings(line: string): string[] {
  const text = /[\u0080-\u00FF]/.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line
  if (!SEQUENCES.some((start) => text.includes(start))) return [text]
  return [...stripVTControlCharacters(text).split('\r'), text]
}
