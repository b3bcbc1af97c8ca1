import { constants } from 'node:fs'
import { copyFile, type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { RealDate, sleep } from './real-time.ts'

/** How long a rename is tried again on Windows while a reader holds the file. */
const RENAME_PATIENCE_MS = 2_000
const RENAME_PAUSE_MS = 50

/**
 * Writes all of `data` at `position`, or throws: a single write may store less than it was given without
 * saying so.
 */
export async function writeAll(
  file: FileHandle,
  data: Uint8Array,
  position: number,
): Promise<void> {
  let written = 0
  while (written < data.length) {
    const rest = data.length - written
    // oxlint-disable-next-line no-await-in-loop -- each write continues where the last one stopped
    const { bytesWritten } = await file.write(data, written, rest, position + written)
    if (bytesWritten === 0) {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    }
    written += bytesWritten
  }
}

/**
 * Replaces a file so that a reader sees the old one or the new one whole, also after a power cut:
 * temporary file beside it, sync, rename, sync of the folder.
 */
export async function replaceFile(path: string, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  await replaceFileWith(path, (file) => writeAll(file, bytes, 0))
}

/**
 * As {@link replaceFile}, the content written by `write`. With `copyOf` the temporary file begins as a copy of
 * that file, made by the kernel; otherwise it begins empty.
 *
 * @throws where it cannot be written; the old file is then as it was. On Windows, where another program may
 * hold the old file open, the message names the file that the new content was left in.
 */
export async function replaceFileWith(
  path: string,
  write: (file: FileHandle, temporary: string) => Promise<void>,
  options: { copyOf?: string } = {},
): Promise<void> {
  const temporary = `${path}.tmp`
  let complete = false
  try {
    await fillTemporary(temporary, write, options.copyOf)
    complete = true
    await renamePatiently(temporary, path)
  } catch (error) {
    if (complete && isHeld(error)) throw await keptBeside(temporary, path, error)
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

async function fillTemporary(
  temporary: string,
  write: (file: FileHandle, temporary: string) => Promise<void>,
  copyOf: string | undefined,
): Promise<void> {
  const file = await openTemporary(temporary, copyOf)
  try {
    await write(file, temporary)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A link, a pipe or the like of that name came with the folder: it goes, and what it leads to stays as it is. */
async function openTemporary(temporary: string, copyOf: string | undefined): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants
  const isFresh = copyOf === undefined
  if (!isFresh) await copyAnew(copyOf, temporary)
  // What Windows does not have counts as nothing.
  const flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | (isFresh ? O_CREAT | O_TRUNC : 0)
  const file = await open(temporary, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP' || error.code === 'ENXIO') return null
    throw error
  })
  if (file !== null && (await file.stat()).isFile()) return file
  await file?.close()
  await rm(temporary, { force: true })
  return open(temporary, O_RDWR | O_CREAT | O_EXCL)
}

/** What is there is no file to be filled, but one that a run has left or a link of others. */
async function copyAnew(from: string, temporary: string): Promise<void> {
  const { COPYFILE_FICLONE, COPYFILE_EXCL } = constants
  const copy = (): Promise<void> => copyFile(from, temporary, COPYFILE_FICLONE | COPYFILE_EXCL)
  await copy().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    await rm(temporary, { force: true })
    await copy()
  })
}

/** What a file system that does not sync folders answers: CIFS, old WSL, some of FUSE. */
const REFUSALS = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

let refusal: string | null = null

/** What a file system has answered that does not sync folders; null where each so far does. */
export function folderSyncRefusal(): string | null {
  return refusal
}

/**
 * Makes renames and new names in a folder survive a power cut. Windows has no such call, and where the file system
 * refuses it, nothing can be done about that: see {@link folderSyncRefusal}.
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!REFUSALS.has(code)) throw error
    refusal ??= code
  } finally {
    await folder.close()
  }
}

async function renamePatiently(from: string, to: string): Promise<void> {
  const deadline = RealDate.now() + RENAME_PATIENCE_MS
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- tried again only after it failed
      await rename(from, to)
      return
    } catch (error) {
      if (!isHeld(error) || RealDate.now() > deadline) throw error
      // oxlint-disable-next-line no-await-in-loop -- see above
      await sleep(RENAME_PAUSE_MS)
    }
  }
}

/** Whether a rename failed because another program holds the old file open, which only Windows minds. */
function isHeld(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  const held = code === 'EPERM' || code === 'EACCES' || code === 'EBUSY'
  return held && process.platform === 'win32'
}

async function keptBeside(temporary: string, path: string, cause: unknown): Promise<Error> {
  const { dir, name, ext } = parse(path)
  const beside = join(dir, `${name}.new${ext}`)
  await rename(temporary, beside)
  const message = `another program holds ${path} open: its new content is in ${beside}`
  return new Error(message, { cause })
}
