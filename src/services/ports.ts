import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { JarvisError } from '../errors.ts'

const LOOPBACK = '127.0.0.1'
/** Ports given out and perhaps not yet listened on: services that start side by side get different ones. */
const given = new Set<number>()

/** A free port on the loopback interface. */
export async function choosePort(): Promise<number> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- only when the system offers one that was given out
    const port = await listenOnce(0)
    if (given.has(port)) continue
    given.add(port)
    return port
  }
}

/** Lets a port be chosen again. */
export function returnPort(port: number): void {
  given.delete(port)
}

/** @throws JarvisError PORT_IN_USE, with the process that listens there where the system tells */
export async function assertPortFree(port: number, service: string): Promise<void> {
  if (!(await accepts(port)) && (await canListen(port))) return
  throw portInUse(port, service)
}

/** The error for a service that needs a port somebody else has. */
export function portInUse(port: number, service: string, options?: ErrorOptions): JarvisError {
  const owner = portOwner(port)
  const by = owner === null ? '' : ` by ${owner.program} (pid ${owner.pid})`
  const advice = 'stop what listens there or give the service another port'
  const message = `Port ${port}, which ${service} needs, is in use${by}: ${advice}.`
  return new JarvisError('PORT_IN_USE', message, options)
}

/** Whether something accepts connections on a port of the loopback interface. */
export function accepts(port: number, signal?: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = new Socket(signal === undefined ? {} : { signal })
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  socket.once('close', () => resolve(false))
  socket.connect(port, LOOPBACK)
  return promise.finally(() => socket.destroy())
}

async function canListen(port: number): Promise<boolean> {
  try {
    await listenOnce(port)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
  }
}

function listenOnce(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', reject)
  server.listen(port, LOOPBACK, () => {
    const chosen = (server.address() as AddressInfo).port
    server.close(() => resolve(chosen))
  })
  return promise
}

/** `st` of a listening socket in `/proc/net/tcp`. */
const LISTEN = '0A'

function portOwner(port: number): { pid: number; program: string } | null {
  if (process.platform !== 'linux') return null
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)))
  if (inodes.size === 0) return null
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      if (!open.some((target) => inodes.has(target))) continue
      return { pid, program: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }
    } catch {
      // Gone, or somebody else's: its descriptors are not for us to read.
    }
  }
  return null
}

function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)
  const fields = rows.map((row) => row.trim().split(/\s+/))
  return fields
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTEN)
    .map((row) => `socket:[${row[9]}]`)
}
