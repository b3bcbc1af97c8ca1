import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startTimeOf } from '../../host/process-identity.ts'

/** Sockets are named by the process that listens on them. */
const SOCKET_NAME = /^(\d+)-[0-9a-f]{8}\.sock$/

/** Removes the lease sockets of processes that were killed: of a pid that is gone, and nobody answers. */
export async function removeDeadSockets(folder: string): Promise<void> {
  const removals = readdirSync(folder).map(async (name) => {
    const pid = Number(SOCKET_NAME.exec(name)?.[1])
    if (Number.isNaN(pid) || startTimeOf(pid) !== null) return
    const path = join(folder, name)
    // Somebody in a container may share this folder and not its processes.
    if (await refuses(path)) rmSync(path, { force: true })
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
