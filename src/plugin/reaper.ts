import { isRunning } from '../host/process-identity.ts'
import { endProcesses, sessionTag } from '../services/index.ts'
import { reapHeld } from '../services/warm/ask-keepers.ts'
import { heldNow } from '../services/warm/holders.ts'
import { deadSessions, readState, serviceProcesses, sharesProcesses } from '../session/index.ts'

/** What a service of a run that is gone gets between a polite stop and force, in seconds. */
const GRACE_SECONDS = 5

/** What became of what dead runs had left. */
export interface Reaped {
  /** Pids of what was found running and was ended. */
  ended: number[]
  /** Pids of what could not be ended. */
  left: number[]
}

/**
 * Ends what killed runs and their watchdogs left: service processes that both pid and start time name, with
 * their trees, and whatever carries the tag of a dead session. `stale` are the sessions of locks that
 * were found, which may be under other logs.
 */
export async function reap(logs: string, stale: readonly string[]): Promise<Reaped> {
  const dead = await deadSessions(logs)
  const sessions = dead.map(({ directory, services }) => ({ directory, services }))
  for (const directory of stale) {
    if (sessions.some((session) => session.directory === directory)) continue
    // oxlint-disable-next-line no-await-in-loop -- seldom more than one
    const host = (await readState(directory).catch(() => null))?.host
    // oxlint-disable-next-line no-await-in-loop -- see above
    const services = sharesProcesses(host) ? await serviceProcesses(directory) : []
    sessions.push({ directory, services })
  }
  // What somebody who lives sees to is nobody's leftover.
  const held = heldNow()
  const found = new Set(await reapHeld())
  if (sessions.length === 0) return { ended: [...found], left: [] }
  const leaders = sessions
    .flatMap(({ services }) => services)
    .map(({ pid, start }) => ({ pid, start, grace: GRACE_SECONDS }))
    .filter((leader) => isRunning(leader) && !held.has(leader))
  const tags = sessions
    .filter(({ directory }) => !held.sessions.has(directory))
    .map(({ directory }) => sessionTag(directory))
  const left = await endProcesses({ leaders, tags, onFound: (pid) => found.add(pid) })
  for (const { pid } of left) found.delete(pid)
  return { ended: [...found], left: left.map(({ pid }) => pid) }
}
