import { lifeOfRun, mayLive } from '../lock/life.ts'
import { removeLostLinks } from '../latest-link.ts'
import { removeOwnLink } from '../place/own-link.ts'
import { readState } from '../projections/state-file.ts'
import { sessionsByTime } from '../sessions-by-time.ts'
import { isOfThisHost, NEWEST_SESSIONS, startedState } from './dead-sessions.ts'
import { removeLeftovers, removeLeftoversBeside, removeUnkept } from './leftovers.ts'
import { removeUnbegun } from './never-begun.ts'

/**
 * Removes what writers that were ended in the middle have left in the newest sessions under `logs` whose run is gone,
 * and folders of sessions that never began. What a run that lives or another host has is left alone. Never rejects.
 */
export async function cleanSessions(logs: string): Promise<void> {
  removeLostLinks(logs)
  const sessions = await sessionsByTime(logs).catch(() => [])
  const newest = sessions.slice(-NEWEST_SESSIONS)
  await removeLeftoversBeside(logs)
  await Promise.allSettled(newest.map(({ directory }) => cleanSession(directory)))
}

async function cleanSession(directory: string): Promise<void> {
  const state = (await readState(directory)) ?? (await startedState(directory))
  if (state === null) return void (await removeUnbegun(directory))
  if (!isOfThisHost(state) || mayLive(lifeOfRun(directory, state))) return
  // The run and its watchdog have died together after somebody had moved the session.
  if (removeOwnLink(directory)) return
  await removeLeftovers(directory)
  if (state.status === 'died') await removeUnkept(directory)
}
