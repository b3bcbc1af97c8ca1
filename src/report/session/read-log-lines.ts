import type { FileHandle } from 'node:fs/promises'
import { openRegularFile, readFully } from '../../host/regular-file.ts'
import { withoutSecrets } from '../../host/secrets.ts'
import { knowRunSecrets } from '../../session/run-secrets.ts'
import { sessionFile } from './places.ts'
import type { LogLines } from './types.ts'

const DEFAULT_MAX_BYTES = 64 * 1024
/** A range that begins or ends within a line is extended to all of it, by at most so much. */
const MARGIN_BYTES = 4 * 1024
const LINE_BREAK = 10

/** What is read of a log. */
export interface LogLinesOptions {
  /** Of a longer range the end is read. @default 65536 */
  maxBytes?: number
  /** So many bytes before and after the range are read too. @default 0 */
  around?: number
  /** As `around`, for a range of nothing: a service may write its line a moment after it has answered. @default 0 */
  near?: number
}

/**
 * The lines that a service wrote to its log in a range of bytes, `[from, to)`. Null where the log is not there,
 * or lies elsewhere than a session's logs do.
 */
export async function readLogLines(
  directory: string,
  range: { file: string; from: number; to: number },
  { maxBytes = DEFAULT_MAX_BYTES, around = 0, near = 0 }: LogLinesOptions = {},
): Promise<LogLines | null> {
  knowRunSecrets(directory)
  const path = await sessionFile(directory, range.file)
  const file = path === null ? null : await openRegularFile(path).catch(() => null)
  if (file === null) return null
  try {
    const { size } = await file.stat()
    const isNear = near > 0 && range.to <= range.from
    const margin = isNear ? near : around
    const to = Math.min(size, range.to + margin)
    const from = Math.min(to, Math.max(0, range.from - margin, to - maxBytes))
    if (to === from) return { lines: [], cut: false }
    const cut = from > Math.max(0, range.from - margin)
    const start = Math.max(0, from - MARGIN_BYTES)
    const end = Math.min(size, to + MARGIN_BYTES)
    const bytes = await readRange(file, start, end)
    const text = wholeLines(bytes, from - start, Math.min(to - start, bytes.length)).toString()
    // What services write is on the disk as they wrote it.
    const lines = withoutSecrets(text).split(/\r?\n/)
    if (lines.at(-1) === '') lines.pop()
    return { lines, cut, ...(isNear ? { isNear } : {}) }
  } catch {
    return null
  } finally {
    await file.close()
  }
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start)
  return bytes.subarray(0, await readFully(file, bytes, start))
}

/** `[from, to)` extended to whole lines, as far as they are within `bytes`. */
function wholeLines(bytes: Buffer, from: number, to: number): Buffer {
  const before = from === 0 ? -1 : bytes.lastIndexOf(LINE_BREAK, from - 1)
  const after = bytes[to - 1] === LINE_BREAK ? to - 1 : bytes.indexOf(LINE_BREAK, to)
  return bytes.subarray(before + 1, after === -1 ? bytes.length : after)
}
