import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that no other process of this machine is given, until it is released or its process ends, however that ends. */
export interface PortLease {
  release(): void
}

const LOOPBACK = '127.0.0.1'

/**
 * Leases a port, whether or not somebody listens there; null where another process has it. What stands for it is a socket
 * that has a name and no file, seen wherever the port is: within one network namespace. Where a system has no such socket it
 * is the UDP port of that number.
 */
export async function leasePort(
  port: number,
  platform: NodeJS.Platform = process.platform,
): Promise<PortLease | null> {
  if (platform === 'linux') return named(`\0jarvis-port-${port}`)
  return platform === 'win32' ? named(`\\\\.\\pipe\\jarvis-port-${port}`) : udp(port)
}

async function named(address: string): Promise<PortLease | null> {
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen(address)
    await once(server, 'listening')
  } catch (error) {
    return isTaken(error) ? null : NO_LEASE
  }
  server.on('error', () => {})
  server.unref()
  return { release: () => void server.close() }
}

async function udp(port: number): Promise<PortLease | null> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port, address: LOOPBACK, exclusive: true })
    await once(socket, 'listening')
  } catch (error) {
    return isTaken(error) ? null : NO_LEASE
  }
  socket.on('error', () => {})
  socket.unref()
  return { release: () => socket.close() }
}

/** Where no socket can be had there is no lease to fail for. */
const NO_LEASE: PortLease = { release() {} }

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
}
