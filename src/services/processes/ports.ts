import { type AddressInfo, createServer, Socket } from 'node:net'
import { JarvisError } from '../../errors.ts'
import { leasePort, type PortLease } from '../../host/port-lease.ts'
import { type PortOwner, portOwners } from './listeners.ts'

const LOOPBACK = '127.0.0.1'
const LOOPBACK_6 = '::1'
/**
 * Ports given out and perhaps not yet listened on: services that start side by side get different ones, also those of other
 * runs on this machine.
 */
const given = new Map<number, PortLease>()

/** A free port on the loopback interface. */
export async function choosePort(): Promise<number> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- only when the system offers one that was given out
    const port = await listenOnce(0)
    if (given.has(port)) continue
    // oxlint-disable-next-line no-await-in-loop -- see above
    const lease = await leasePort(port)
    // Two that ask at once may be offered the same.
    if (lease === null || given.has(port)) {
      lease?.release()
      continue
    }
    given.set(port, lease)
    return port
  }
}

/**
 * Takes a port that it must be.
 *
 * @throws JarvisError PORT_IN_USE, with the process that listens there where the system tells
 */
export async function takePort(port: number, service: string): Promise<void> {
  await assertPortFree(port, service)
  if (given.has(port)) return
  const lease = await leasePort(port)
  if (lease !== null) given.set(port, lease)
  else {
    const what = `Port ${port}, which ${service} needs, was given to a service of another run`
    throw new JarvisError('PORT_IN_USE', `${what}: start it again, or give it another port.`)
  }
}

/** Lets a port be chosen again. */
export function returnPort(port: number): void {
  given.get(port)?.release()
  given.delete(port)
}

/** @throws JarvisError PORT_IN_USE, with the process that listens there where the system tells */
export async function assertPortFree(port: number, service: string): Promise<void> {
  if (!(await accepts(port)) && (await canListen(port))) return
  throw await portInUse(port, service)
}

/** The error for a service that needs a port somebody else has. */
export async function portInUse(
  port: number,
  service: string,
  options?: ErrorOptions,
): Promise<JarvisError> {
  const owner = await portOwner(port)
  const by = owner === null ? '' : ` by ${owner.program || 'a process'} (pid ${owner.pid})`
  const advice = 'stop what listens there or give the service another port'
  const message = `Port ${port}, which ${service} needs, is in use${by}: ${advice}.`
  return new JarvisError('PORT_IN_USE', message, options)
}

/** Who listens on a port, the first of them; null where the system does not tell. */
export async function portOwner(port: number): Promise<PortOwner | null> {
  return (await portOwners(port))[0] ?? null
}

/** The address of the loopback interface, IPv4 before IPv6, that accepts connections on a port; null where none does. */
export async function acceptingHost(port: number, signal?: AbortSignal): Promise<string | null> {
  if (await accepts(port, signal)) return LOOPBACK
  return (await accepts(port, signal, LOOPBACK_6)) ? LOOPBACK_6 : null
}

/** Whether something accepts connections on a port of the loopback interface. */
export function accepts(port: number, signal?: AbortSignal, host = LOOPBACK): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = new Socket(signal === undefined ? {} : { signal })
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  socket.once('close', () => resolve(false))
  socket.connect(port, host)
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
