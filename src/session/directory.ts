import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { JarvisError, messageOf } from '../errors.ts'
import { syncFolder } from '../host/durable-file.ts'
import { localStamp } from '../host/local-time.ts'
import { makeFolder } from '../host/make-folder.ts'

/** Names of session directories, newest last when sorted by {@link bySessionName}. */
export const SESSION_NAME: RegExp = /^RUN_(\d{8}_\d{6})(?:_(\d+))?$/

/**
 * Makes `logs/RUN_{YYYYMMDD}_{HHMMSS}` with its `attachments`; `_2`, `_3`, … where the name is taken.
 *
 * @throws JarvisError SESSION_UNWRITABLE
 */
export async function createSessionDirectory(
  logs: string,
  now: Date,
): Promise<{ id: string; directory: string; attachments: string }> {
  try {
    makeFolder(logs)
    const id = await makeFree(logs, `RUN_${localStamp(now)}`)
    const directory = join(logs, id)
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
  const { code } = cause as NodeJS.ErrnoException
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

async function makeFree(logs: string, name: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? name : `${name}_${number}`
    try {
      // oxlint-disable-next-line no-await-in-loop -- the first name that is free is taken
      await mkdir(join(logs, id))
      return id
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
