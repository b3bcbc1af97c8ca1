import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readStartSync } from '../host/regular-file.ts'
import { bySessionName, SESSION_NAME } from './directory.ts'
import { journalName } from './journal/journal-files.ts'
import { readState } from './projections/state-file.ts'

/** A session of a folder of sessions, and when it began. */
export interface SessionPlace {
  name: string
  /** Absolute. */
  directory: string
  /** Milliseconds since the epoch. */
  startedAt: number
}

/** The first event is a short line, and its time stands at its beginning. */
const HEAD_BYTES = 128
const HEAD = /^\{"seq":\d+,"time":"([^"]+)"/
/** So many sessions are looked at before others have their turn. */
const AT_A_TIME = 32

/**
 * The sessions of a folder, oldest first: by the instant at which each began, as its journal tells it. Names are of
 * local time, which goes back an hour each autumn, and with every journey to the west.
 */
export async function sessionsByTime(logs: string): Promise<SessionPlace[]> {
  const names = await readdir(logs).catch(() => [])
  const ours = names.filter((name) => SESSION_NAME.test(name))
  const places: SessionPlace[] = []
  for (const [index, name] of ours.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- few at a time, however many there are
    if (index % AT_A_TIME === 0) await nextTurn()
    const directory = join(logs, name)
    // oxlint-disable-next-line no-await-in-loop -- nearly all have a journal, which needs no waiting
    const startedAt = journalBegin(directory) ?? (await stateBegin(directory)) ?? nameTime(name)
    places.push({ name, directory, startedAt })
  }
  return places.toSorted((a, b) => a.startedAt - b.startedAt || bySessionName(a.name, b.name))
}

function journalBegin(directory: string): number | null {
  try {
    const head = readStartSync(join(directory, journalName(1)), HEAD_BYTES)
    return instant(HEAD.exec(head.toString('latin1'))?.[1])
  } catch {
    return null
  }
}

async function stateBegin(directory: string): Promise<number | null> {
  const state = await readState(directory).catch(() => null)
  return instant(state?.started_at)
}

function nameTime(name: string): number {
  const [, stamp = ''] = SESSION_NAME.exec(name) ?? []
  const parts = /^(....)(..)(..)_(..)(..)(..)$/.exec(stamp)?.slice(1) ?? []
  const [year, month, day, hour, minute, second] = parts
  // A name may look like a time and be none; within its second it is no older than others.
  return instant(`${year}-${month}-${day}T${hour}:${minute}:${second}.999`) ?? 0
}

function instant(time: string | undefined): number | null {
  const value = Date.parse(time ?? '')
  return Number.isNaN(value) ? null : value
}
