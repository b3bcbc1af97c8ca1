import type { Socket } from 'node:net'
import { performance } from './real-time.ts'

/** A server that closed a connection before it took a request has done so at once. */
const AT_ONCE_MS = 2_000

// A worker may load this file twice, and errors of the one client are known to both.
const KEY = Symbol.for('jarvis.reused-connections')
const holder = globalThis as typeof globalThis & { [KEY]?: WeakSet<object> }
/** What broke connections that had brought an answer before. */
const broken = (holder[KEY] ??= new WeakSet())

/** Errors of this connection are known from then on. */
export function noteUse(socket: Socket): void {
  socket.on('error', (error) => {
    if (socket.bytesRead > 0) broken.add(error)
  })
}

/**
 * Sends a request. Where the server had closed the connection that it went out on, which an answer before had left
 * open, it is sent again on another one, as browsers do it: llama-server closes connections after streams without a word.
 */
export async function pastClosedConnections<Value>(send: () => Promise<Value>): Promise<Value> {
  const begun = performance.now()
  let first: unknown
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- again only after it failed
      return await send()
    } catch (error) {
      first ??= error
      if (!wasClosed(error) || performance.now() - begun > AT_ONCE_MS) throw first
    }
  }
}

/** Not a byte of an answer had come, and the connection had been used before. */
function wasClosed(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {}
  if (!(cause instanceof Error)) return false
  if (broken.has(cause)) return true
  const { code, socket } = cause as { code?: unknown; socket?: { bytesRead?: number } }
  return code === 'UND_ERR_SOCKET' && (socket?.bytesRead ?? 0) > 0
}
