import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { codeOf } from '../host/system-error.ts'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { JarvisError, messageOf } from '../errors.ts'
import { syncFolder } from '../host/durable-file.ts'
import { localStamp } from '../host/local-time.ts'
import { makeFolder } from '../host/make-folder.ts'
import { ownMark } from './lock/process-mark.ts'

/** Names of session directories, newest last when sorted by {@link bySessionName}. */
export const SESSION_NAME: RegExp = /^RUN_(\d{8}_\d{6})(?:_(\d+))?$/

/** Whoever removes empty folders without a pause may win many times; a start is not kept waiting for longer. */
const MOST_REMOVALS = 10_000

/** Until a session has begun, a file of this name and the mark of its process tells whose it is. */
export const BEGINNING = '.beginning-'
/** As long as somebody makes reports, a file of this name and the mark of that process tells who. */
export const REPORTING = '.reporting-'

/**
 * Makes `logs/RUN_{YYYYMMDD}_{HHMMSS}` with its `attachments`; `_2`, `_3`, … where the name is taken. What tells whose
 * it is goes with {@link hasBegun}.
 *
 * @param onDirectory - called as soon as there is one
 * @param named - its name, in place of that of its time
 * @throws JarvisError SESSION_UNWRITABLE
 */
export async function createSessionDirectory(
  logs: string,
  now: Date,
  onDirectory: (directory: string) => void = () => {},
  named?: string,
): Promise<{ id: string; directory: string; attachments: string }> {
  try {
    makeFolder(logs)
    const id = makeFree(logs, named ?? `RUN_${localStamp(now)}`)
    const directory = join(logs, id)
    onDirectory(directory)
    const attachments = join(directory, 'attachments')
    try {
      await mkdir(attachments)
      await syncFolder(logs)
    } catch (error) {
      await rm(directory, { recursive: true, force: true }).catch(() => {})
      throw error
    }
    return { id, directory, attachments }
  } catch (error) {
    throw unwritable(logs, error)
  }
}

/** The error of a session that cannot be kept: what happened, then what to do. */
export function unwritable(logs: string, cause: unknown): JarvisError {
  const code = codeOf(cause)
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const advice = full
    ? 'free some space there'
    : 'make that folder writable, or set JARVIS_LOGS to one that is'
  const message = `Cannot write a session under ${logs} (${messageOf(cause)}): ${advice}.`
  return new JarvisError('SESSION_UNWRITABLE', message, { cause })
}

/** Orders session names by their start, `_10` after `_9`. */
export function bySessionName(a: string, b: string): number {
  const [, timeA = '', numberA = '1'] = SESSION_NAME.exec(a) ?? []
  const [, timeB = '', numberB = '1'] = SESSION_NAME.exec(b) ?? []
  if (timeA !== timeB) return timeA < timeB ? -1 : 1
  return Number(numberA) - Number(numberB)
}

/** The session has its journal, which tells whose it is. */
export function hasBegun(directory: string): void {
  try {
    rmSync(markOf(directory), { force: true })
  } catch {
    // It goes with the next start.
  }
}

/** An empty folder is nobody's: others may remove it before it says whose it is, and then it is made anew. */
function makeFree(logs: string, name: string): string {
  for (let [number, removed] = [1, 0]; ;) {
    const id = number === 1 ? name : `${name}_${number}`
    try {
      mkdirSync(join(logs, id))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      number += 1
      continue
    }
    try {
      closeSync(openSync(markOf(join(logs, id)), 'wx'))
      return id
    } catch (error) {
      removed += 1
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (isGone && removed <= MOST_REMOVALS) continue
      rmSync(join(logs, id), { recursive: true, force: true })
      throw error
    }
  }
}

function markOf(directory: string): string {
  return join(directory, `${BEGINNING}${ownMark()}`)
}
