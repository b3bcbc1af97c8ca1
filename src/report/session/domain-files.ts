import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { ArrayDigest } from '../../session/projections/array-digest.ts'

const CHUNK_BYTES = 1024 * 1024

/** What `{domain}.json` is beside the results of its domain in the journal. */
export type Likeness = 'same' | 'absent' | 'different'

/** Compares a `{domain}.json` with what it must be, read in pieces. */
export async function likenessOf(
  directory: string,
  name: string,
  wanted: ArrayDigest,
): Promise<Likeness> {
  const path = join(directory, name)
  const facts = await stat(path).catch(() => null)
  if (facts === null) return 'absent'
  if (!facts.isFile() || facts.size !== wanted.size) return 'different'
  let check = 0
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
      check = crc32(chunk as Buffer, check)
    }
  } catch {
    return 'different'
  }
  return check === wanted.check ? 'same' : 'different'
}
