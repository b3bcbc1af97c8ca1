import { openRegularFile, readFully } from '../../host/regular-file.ts'
import { type GgufHeader, walkHeader } from './walk-header.ts'

/**
 * Reads the header of a GGUF: as many MiB as it has, one at a time, and none of the weights.
 *
 * @throws NoGgufError when it is none; whatever the system says of a file that cannot be read
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await openRegularFile(path)
  try {
    const { size } = await file.stat()
    const walk = walkHeader(size)
    let next = walk.next()
    while (next.done !== true) {
      const { position, length } = next.value
      const bytes = Buffer.allocUnsafe(length)
      // oxlint-disable-next-line no-await-in-loop -- where the next piece begins stands in this one
      const read = await readFully(file, bytes, position)
      next = walk.next(bytes.subarray(0, read))
    }
    return next.value
  } finally {
    await file.close()
  }
}
