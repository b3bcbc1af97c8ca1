import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { relationTo } from '../../host/host-identity.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import { bySessionName, SESSION_NAME } from '../directory.ts'
import { sessionsByTime } from '../sessions-by-time.ts'
import { elsewhereOf, lifeOfRun, mayLive, sharesProcesses } from '../lock/life.ts'
import { scanJournal } from '../projections/journal-scan.ts'
import { NOTHING_WRITTEN, type SessionState, stateOf } from '../projections/state.ts'
import { readState } from '../projections/state-file.ts'
import { serviceProcesses } from './service-processes.ts'
import { isStoryShort } from './short-story.ts'

/** So many of the newest sessions are looked at. */
export const NEWEST_SESSIONS = 20

/** A session whose run is gone. */
export interface DeadSession {
  /** Absolute path. */
  directory: string
  /** Nobody has recorded its end yet. */
  isUnfinished: boolean
  /** Service processes that nobody has seen end. */
  services: ProcessIdentity[]
}

/** A session that somebody should complete. */
export interface IncompleteSession {
  /** Absolute path. */
  directory: string
  /** Its run died. */
  isDead: boolean
}

/**
 * The newest sessions under `logs` whose run is gone and may have left something: it died, or services
 * outlived it. Oldest first.
 */
export async function deadSessions(logs: string): Promise<DeadSession[]> {
  return sessionsLeft(logs, deadSession)
}

/**
 * The newest sessions under `logs` that are not as their run would have left them: it died, or a power cut has taken
 * from the story of one that had ended. Oldest first.
 */
export async function incompleteSessions(logs: string): Promise<IncompleteSession[]> {
  return sessionsLeft(logs, async (directory, state) => {
    const dead = await deadSession(directory, state)
    if (dead?.isUnfinished === true) return { directory, isDead: true }
    // Of nearly all the story is whole, and then nobody need learn which host this is, which takes a while.
    const isShort = (await isStoryShort(directory, state)) && isOfThisHost(state)
    return isShort ? { directory, isDead: false } : null
  })
}

/** The name of the newest session under `logs` where its run has died on this host; null where it has not. Never rejects. */
export async function newestDied(logs: string): Promise<string | null> {
  const names = await readdir(logs).catch(() => [])
  // By their names alone: of many sessions only one is looked at.
  const newest = names
    .filter((name) => SESSION_NAME.test(name))
    .toSorted(bySessionName)
    .at(-1)
  if (newest === undefined) return null
  const state = await readState(join(logs, newest)).catch(() => null)
  return state?.status === 'died' && isOfThisHost(state) ? newest : null
}

async function sessionsLeft<Left>(
  logs: string,
  look: (directory: string, state: SessionState) => Promise<Left | null>,
): Promise<Left[]> {
  const sessions = await sessionsByTime(logs)
  const newest = sessions.slice(-NEWEST_SESSIONS).map(({ directory }) => directory)
  const looks = newest.map(async (directory) => {
    try {
      const state = (await readState(directory)) ?? (await startedState(directory))
      return state && (await look(directory, state))
    } catch {
      // One that cannot be read, or is of a newer version, is left for those who can.
      return null
    }
  })
  return (await Promise.all(looks)).filter((left) => left !== null)
}

async function deadSession(directory: string, state: SessionState): Promise<DeadSession | null> {
  const unended = unendedIn(state)
  if (state.status === 'ended' && unended.length === 0) return null
  const life = lifeOfRun(directory, state)
  // What another host holds is never touched from here, dead or not.
  if (mayLive(life) || elsewhereOf(life) !== null) return null
  const isUnfinished = state.status === 'running'
  // The state may be older than the end of the journal.
  const known = isUnfinished ? await serviceProcesses(directory) : unended
  const services = sharesProcesses(state.host) ? known : []
  const identities = services.map(({ pid, start }) => ({ pid, start }))
  return { directory, isUnfinished, services: identities }
}

/** Also before its last start. */
export function isOfThisHost({ host }: SessionState): boolean {
  return host === null || host === undefined || relationTo(host) !== 'other'
}

function unendedIn({ services }: SessionState): ProcessIdentity[] {
  const running = services.filter(({ state }) => state !== 'exited')
  return running.map(({ pid, process_start: start }) => ({ pid, start }))
}

/** The state by the journal, for a run that died before it wrote one. */
export async function startedState(directory: string): Promise<SessionState | null> {
  const { run } = await scanJournal(directory)
  return run.firstAt === null ? null : stateOf(run, NOTHING_WRITTEN)
}
