import type { StaleRun } from '../lock/held-lock.ts'
import { lifeOfRun, mayLive } from '../lock/life.ts'
import { readState } from '../projections/state-file.ts'

/**
 * The sessions of runs whose locks were found and whose processes are gone. One that goes on by now, in another process
 * that has less of the machine than its run had, is nobody's to clear away.
 */
export async function leftSessions(stale: readonly StaleRun[]): Promise<string[]> {
  const left = await Promise.all(
    stale.map(async ({ session, pid, start }) => {
      const state = await readState(session).catch(() => null)
      if (state?.status !== 'running') return session
      const isOther = state.pid !== pid || state.process_start !== start
      return isOther && mayLive(lifeOfRun(session, state)) ? [] : session
    }),
  )
  return left.flat()
}
