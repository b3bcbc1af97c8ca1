import { join } from 'node:path'
import { isRunning } from '../../host/process-identity.ts'
import { readLock } from '../lock/lock-file.ts'
import { mayBeRunning } from '../lock/own-process.ts'
import type { SessionState } from '../projections/state.ts'
import { serviceProcesses } from '../recovery/service-processes.ts'

/** Why a session must stay as it is for now; null where nobody needs it. */
export async function usedBy(directory: string, state: SessionState): Promise<string | null> {
  const { pid, process_start: start } = state
  if (state.status === 'running' && mayBeRunning({ pid, start })) return `running, pid ${pid}`
  const recovery = readLock(join(directory, 'recovery.lock'))
  if (recovery !== null && isRunning(recovery)) return `being completed by pid ${recovery.pid}`
  const service = await runningService(directory, state)
  return service === null ? null : `pid ${service} is a service of it`
}

/** A run whose end nobody has recorded may have started services that its state does not know. */
async function runningService(directory: string, state: SessionState): Promise<number | null> {
  const services =
    state.status === 'running'
      ? await serviceProcesses(directory)
      : state.services
          .filter((service) => service.state !== 'exited')
          .map(({ pid, process_start: start }) => ({ pid, start }))
  return services.find((service) => mayBeRunning(service))?.pid ?? null
}
