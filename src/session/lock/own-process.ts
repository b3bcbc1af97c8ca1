import { identify, isRunning, type ProcessIdentity } from '../../host/process-identity.ts'

let own: ProcessIdentity | undefined

/** This process; asked for once, as some systems take long to tell a start time. */
export function ownProcess(): ProcessIdentity {
  own ??= identify(process.pid)
  return own
}

/** Whether a process may be the one meant: where its start time is unknown, whether there is one of that pid. */
export function mayBeRunning(identity: ProcessIdentity): boolean {
  if (identity.start !== null) return isRunning(identity)
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
