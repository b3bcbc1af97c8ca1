import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Domain } from '../../events/index.ts'
import { localStamp } from '../../host/local-time.ts'
import { safeName } from '../../host/safe-name.ts'
import { printable } from '../printable.ts'

/** How many lines a message about a failed service shows, and how long each may be. */
const LAST_LINES = 15
const LONGEST_LINE = 500
/** How far back from its end a log is read for them. */
const TAIL_BYTES = 64 * 1024

/** A log file that a service is about to write to. Whoever opens it closes `fd`. */
export interface ServiceLog {
  path: string
  fd: number
}

/** Opens `svc_{domain}_{model}_{stamp}.log` for appending; `_2`, `_3`, … when there is one already. */
export function openServiceLog(directory: string, domain: Domain, model: string): ServiceLog {
  const stem = `svc_${domain}_${safeName(model)}_${localStamp(new Date())}`
  for (let copy = 1; ; copy += 1) {
    const path = join(directory, copy === 1 ? `${stem}.log` : `${stem}_${copy}.log`)
    try {
      return { path, fd: openSync(path, 'ax') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** The size of a log in bytes; 0 when it is gone. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The last lines of a log that are not blank, without control characters; progress bars count as lines. */
export function lastLines(path: string, count: number = LAST_LINES): string[] {
  const lines = readTail(path)
    .split(/\r\n|\n|\r/)
    .map((line) => printable(line, LONGEST_LINE))
  return lines.filter((line) => line !== '').slice(-count)
}

function readTail(path: string): string {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(fd)
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(fd)
  }
}
