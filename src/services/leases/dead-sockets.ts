import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startTimeOf } from '../../host/process-identity.ts'

/** Sockets are named by the process that listens on them, what workers write down by the worker. */
const NAME = /^(\d+)-[0-9a-f]{8}\.(?:sock|progress)$/

/** Removes what processes that were killed have left for leases: of a pid that is gone, and nobody answers. */
export async function removeDeadSockets(folder: string): Promise<void> {
  const removals = readdirSync(folder).map(async (name) => {
    const pid = Number(NAME.exec(name)?.[1])
    if (Number.isNaN(pid) || startTimeOf(pid) !== null) return
    const path = join(folder, name)
    // The main process has a progress file open already.
    // Somebody in a container may share this folder and not its processes.
    if (name.endsWith('.progress') || (await refuses(path))) rmSync(path, { force: true })
  })
  await Promise.allSettled(removals)
}

async function refuses(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}
