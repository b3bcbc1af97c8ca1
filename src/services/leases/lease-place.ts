import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../host/make-folder.ts'
import { lastingFolder } from '../../host/private-folder.ts'
import { removeDeadSockets } from './dead-sockets.ts'

/** Where workers find the lease server for as long as it is open, whatever is removed meanwhile. */
export interface LeasePlace {
  /** Path of a Unix socket, or the name of one that is no file: an abstract socket or a pipe. */
  readonly socket: string
  /** Takes no more connections and waits for the end of those that are open. */
  close(): Promise<void>
}

type Serve = (socket: Socket) => void

/** How often a socket that is a file is looked for; a worker waits longer than that for one. */
const KEEP_MS = 500
/** The path of a Unix socket has 104 bytes on macOS and 108 on Linux, the end mark included. */
const MAX_PATH_BYTES = 100

/**
 * Listens for workers: on Linux and Windows under a name that is no file and that nobody can remove, a log-out
 * neither; elsewhere in a folder of this user's that outlives a log-out, and there anew when it is gone.
 */
export async function openLeasePlace(
  serve: Serve,
  platform: NodeJS.Platform = process.platform,
): Promise<LeasePlace> {
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`
  if (platform === 'win32') return openName(`\\\\.\\pipe\\jarvis-${name}`, serve)
  if (platform !== 'linux') return openFile(name, serve)
  // Some sandboxes allow no abstract sockets.
  return openName(`\0jarvis-leases-${name}`, serve).catch(() => openFile(name, serve))
}

async function openName(socket: string, serve: Serve): Promise<LeasePlace> {
  const server = await listen(socket, serve)
  return { socket, close: () => end(server) }
}

async function openFile(name: string, serve: Serve): Promise<LeasePlace> {
  const { socket, ownFolder } = newPath(name)
  // Those of runs that were killed; nobody waits for it.
  if (ownFolder === null) void removeDeadSockets(dirname(socket)).catch(() => {})
  const servers = [await listen(socket, serve)]
  let making: Promise<unknown> | null = null
  const keeper = setInterval(() => {
    if (making !== null || existsSync(socket)) return
    making = listenAgain(socket, serve)
      .then((server) => servers.push(server))
      // It is tried again after a while.
      .catch(() => {})
      .finally(() => (making = null))
  }, KEEP_MS)
  keeper.unref()
  return {
    socket,
    async close() {
      clearInterval(keeper)
      await making
      await Promise.all(servers.map((server) => end(server)))
      rmSync(socket, { force: true })
      if (ownFolder !== null) rmSync(ownFolder, { recursive: true, force: true })
    },
  }
}

async function listenAgain(socket: string, serve: Serve): Promise<Server> {
  makeFolder(dirname(socket), 0o700)
  return listen(socket, serve)
}

async function listen(socket: string, serve: Serve): Promise<Server> {
  const server = createServer(serve)
  server.listen(socket)
  await once(server, 'listening')
  server.unref()
  return server
}

async function end(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

function newPath(name: string): { socket: string; ownFolder: string | null } {
  const path = join(lastingFolder(), `${name}.sock`)
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return { socket: path, ownFolder: null }
  const tries = [tmpdir(), '/tmp'].map((folder) => join(folder, 'jarvis-XXXXXX', 's'))
  const short = tries.find((candidate) => Buffer.byteLength(candidate) <= MAX_PATH_BYTES)
  const ownFolder = mkdtempSync(dirname(short ?? path).replace(/X{6}$/, ''))
  return { socket: join(ownFolder, 's'), ownFolder }
}
