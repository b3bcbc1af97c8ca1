import { lstat, rm } from 'node:fs/promises'
import { readRegularFile, UnreadableFileError } from '../../host/regular-file.ts'

/** A longer one is none of ours. */
const MOST_BYTES = 512 * 1024 * 1024

/**
 * What is there of a file of lines, up to the end of its last whole line; nothing where it is not there. Zeros are what
 * a power cut leaves of what was not yet on the disk. What is no file of its own, and no folder either, is taken away.
 */
export async function presentText(path: string): Promise<Buffer> {
  const bytes = await read(path)
  const zeros = bytes.indexOf(0)
  const whole = zeros === -1 ? bytes : bytes.subarray(0, zeros)
  return whole.subarray(0, whole.lastIndexOf('\n') + 1)
}

async function read(path: string): Promise<Buffer> {
  try {
    // What others have brought is not written through, and so not read through either.
    if ((await lstat(path)).isSymbolicLink()) await rm(path)
    return await readRegularFile(path, MOST_BYTES)
  } catch (error) {
    // A folder stays.
    if (error instanceof UnreadableFileError) await rm(path).catch(() => {})
    return Buffer.alloc(0)
  }
}
