import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'

/** Something of a file's name is there that is no file, or is larger than what reads it takes. */
export class UnreadableFileError extends Error {}

/** A pipe that nobody writes to would hold up whoever opens it. Windows has neither. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a file to read it. A folder, a pipe, a socket or a device of that name, or behind a link of that name, is
 * refused: reading one may fail, wait for ever or never end.
 *
 * @throws UnreadableFileError `it is a folder`; whatever the system says of a file that cannot be opened
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  // Before it is opened, as already that does something to some devices.
  refuseOthers(await stat(path))
  const file = await open(path, READ_ONLY)
  try {
    refuseOthers(await file.stat())
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * The bytes of a file, as {@link openRegularFile} opens it; of one that grows those that were there.
 *
 * @throws UnreadableFileError for more than `mostBytes`
 */
export async function readRegularFile(path: string, mostBytes: number): Promise<Buffer> {
  const file = await openRegularFile(path)
  try {
    const { size } = await file.stat()
    if (size > mostBytes) {
      throw new UnreadableFileError(`it has ${size} bytes, more than ${mostBytes}`)
    }
    const bytes = Buffer.allocUnsafe(size)
    return bytes.subarray(0, await readFully(file, bytes, 0))
  } finally {
    await file.close()
  }
}

/** As {@link openRegularFile}; the descriptor. */
export function openRegularFileSync(path: string): number {
  refuseOthers(statSync(path))
  const file = openSync(path, READ_ONLY)
  try {
    refuseOthers(fstatSync(file))
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/**
 * The first bytes of a file, as {@link openRegularFile} opens it, at once: to ask another thread for so little takes
 * longer than it does. Throws as that does.
 */
export function readStartSync(path: string, mostBytes: number): Buffer {
  const file = openRegularFileSync(path)
  try {
    const bytes = Buffer.allocUnsafe(mostBytes)
    return bytes.subarray(0, readSync(file, bytes, 0, mostBytes, 0))
  } finally {
    closeSync(file)
  }
}

/** Fills `bytes` with what a file holds from `position` on. Returns how many there were. */
export async function readFully(
  file: FileHandle,
  bytes: Buffer,
  position: number,
): Promise<number> {
  let read = 0
  while (read < bytes.length) {
    // oxlint-disable-next-line no-await-in-loop -- each read goes on where the last one stopped
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, position + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return read
}

/** @throws UnreadableFileError for what is no file */
export function refuseOthers(facts: Stats): void {
  if (!facts.isFile()) throw new UnreadableFileError(`it is ${kindOf(facts)}`)
}

function kindOf(facts: Stats): string {
  if (facts.isDirectory()) return 'a folder'
  if (facts.isFIFO()) return 'a pipe'
  return facts.isSocket() ? 'a socket' : 'a device'
}
