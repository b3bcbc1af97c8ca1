import { join } from 'node:path'
import {
  elsewhereOf,
  elsewhereText,
  lifeOfHolder,
  lifeOfRun,
  mayBeRunning,
  mayLive,
  sharesProcesses,
} from '../lock/life.ts'
import { readLock } from '../lock/lock-file.ts'
import type { SessionState } from '../projections/state.ts'
import { serviceProcesses } from '../recovery/service-processes.ts'

/** Why a session must stay as it is for now; null where nobody needs it. */
export async function usedBy(directory: string, state: SessionState): Promise<string | null> {
  if (state.status === 'running') {
    const life = lifeOfRun(directory, state)
    const elsewhere = elsewhereOf(life)
    // Also a dead one: what another host holds is not for this one to remove.
    if (elsewhere !== null) return elsewhereText(elsewhere)
    if (mayLive(life)) return `running, pid ${state.pid}`
  }
  const lock = join(directory, 'recovery.lock')
  const recovery = readLock(lock)
  if (recovery !== null && mayLive(lifeOfHolder(lock, recovery))) {
    return `being completed by pid ${recovery.pid}`
  }
  return runningService(directory, state)
}

/** A run whose end nobody has recorded may have started services that its state does not know. */
async function runningService(directory: string, state: SessionState): Promise<string | null> {
  const services =
    state.status === 'running'
      ? await serviceProcesses(directory)
      : state.services
          .filter((service) => service.state !== 'exited')
          .map(({ pid, process_start: start }) => ({ pid, start }))
  const life = lifeOfRun(directory, state)
  const elsewhere = elsewhereOf(life)
  // An editor keeps the services of a run that has ended: whether it does is known there alone.
  if (elsewhere !== null && state.status === 'ended' && services.length > 0) {
    return `its services may go on on ${elsewhere.elsewhere.name}`
  }
  if (!sharesProcesses(state.host)) return null
  const service = services.find((one) => mayBeRunning(one))
  return service === undefined ? null : `pid ${service.pid} is a service of it`
}
