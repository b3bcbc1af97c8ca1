import { isRunning, type ProcessIdentity } from './process-identity.ts'

/** Elsewhere than on Linux it takes a program to tell when a process has started, which is asked seldom. */
const LOOKS_BETWEEN = process.platform === 'linux' ? 1 : 60

/** Tells, each time it is asked, whether a process still runs, cheaply enough for once a second. Of nobody it says yes. */
export function lifeWatcher(identity: ProcessIdentity | null): () => boolean {
  let looks = 0
  return () => {
    if (identity === null) return true
    looks += 1
    if (looks % LOOKS_BETWEEN === 0) return isRunning(identity)
    try {
      process.kill(identity.pid, 0)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'
    }
  }
}
