import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { writeAll } from './durable-file.ts'
import { openRegularFile, readFully, refuseOthers } from './regular-file.ts'
import { longestSecret, secretsInBytes } from './secrets.ts'

const CHUNK_BYTES = 4 * 1024 * 1024
/** What a link in a session from elsewhere leads to is not written to. Windows has no such flag. */
const NOT_THROUGH_LINKS = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)
const STAR = '*'.charCodeAt(0)
/** Lines stay lines: a value may go over several. */
const KEPT = new Set([10, 13])

/** How far a file was looked at, and how many values were found. */
export interface BlackedOut {
  bytes: number
  found: number
}

/**
 * Writes as many `*` over the values that are secret as they have bytes, so that each range of bytes stays what it was,
 * also while somebody appends to the file. Begins at `from`, and a little before: a value may have been there in part.
 *
 * @throws what the system says of a file that cannot be read or written
 */
export async function blackOutFile(path: string, from = 0): Promise<BlackedOut> {
  const longest = longestSecret()
  const file = await open(path, NOT_THROUGH_LINKS)
  try {
    const facts = await file.stat()
    refuseOthers(facts)
    const { size } = facts
    let found = 0
    let at = Math.max(0, from - longest)
    while (at < size && longest > 0) {
      // oxlint-disable-next-line no-await-in-loop -- a piece at a time
      const read = await blackOutPiece(file, at, Math.min(size - at, CHUNK_BYTES + longest))
      if (read.bytes === 0) break
      found += read.found
      at += at + read.bytes >= size ? read.bytes : read.bytes - longest
    }
    return { bytes: size, found }
  } finally {
    await file.close()
  }
}

/**
 * How many values that are secret stand in a file.
 *
 * @throws what the system says of a file that cannot be read
 */
export async function secretsInFile(path: string): Promise<number> {
  const longest = longestSecret()
  const file = await openRegularFile(path)
  try {
    const { size } = await file.stat()
    const bytes = Buffer.alloc(Math.min(size, CHUNK_BYTES + longest))
    let found = 0
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      // oxlint-disable-next-line no-await-in-loop -- a piece at a time
      const read = await readFully(file, bytes, at)
      const places = secretsInBytes(bytes.subarray(0, read))
      // What begins in what two pieces share counts with the second.
      found += places.filter(({ from }) => from < CHUNK_BYTES).length
    }
    return found
  } finally {
    await file.close()
  }
}

async function blackOutPiece(file: FileHandle, at: number, length: number): Promise<BlackedOut> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at)
  const bytes = buffer.subarray(0, bytesRead)
  const found = secretsInBytes(bytes)
  for (const { from, to } of found) {
    const part = bytes.subarray(from, to).map((byte) => (KEPT.has(byte) ? byte : STAR))
    // oxlint-disable-next-line no-await-in-loop -- few
    await writeAll(file, part, at + from)
  }
  return { bytes: bytesRead, found: found.length }
}
