import { open } from 'node:fs/promises'

/** How much of a log is looked at in one go: a service that floods its log must not fill the memory. */
const CHUNK_BYTES = 1024 * 1024

/** A look whether a line of a log matches; each look reads only what was written since the last one. */
export function logMatcher(pattern: string): (path: string) => Promise<boolean> {
  const expression = new RegExp(pattern)
  let read = { path: '', offset: 0, rest: '' }
  return async (path) => {
    if (read.path !== path) read = { path, offset: 0, rest: '' }
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(CHUNK_BYTES),
        position: read.offset,
      })
      const lines = (read.rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      read = {
        path,
        offset: read.offset + bytesRead,
        rest: lines.at(-1)?.slice(-CHUNK_BYTES) ?? '',
      }
      // The bytes are decoded line by line: a chunk may end inside a character.
      return lines.some((line) => expression.test(Buffer.from(line, 'latin1').toString('utf8')))
    } finally {
      await file.close()
    }
  }
}
