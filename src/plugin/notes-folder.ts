import { lastingFolder } from '../host/private-folder.ts'
import { removeDeadSockets } from '../services/leases/dead-sockets.ts'

/** Where workers write down what their tests do; null where no folder can be had for it. */
export function notesFolder(): string | null {
  try {
    const folder = lastingFolder()
    void removeDeadSockets(folder).catch(() => {})
    return folder
  } catch {
    return null
  }
}
