import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { JarvisError, type JarvisErrorCode, messageOf } from '../../errors.ts'
import { clearTimeout, performance, setTimeout, sleep } from '../../host/real-time.ts'
import {
  type AttemptRecord,
  decoder,
  encode,
  type Lease,
  type LeaseAddress,
  type MainMessage,
  type WorkerMessage,
} from './lease-protocol.ts'

/** How long a socket may be absent, and how often it is looked for. */
const ABSENCE_MS = 3_000
const ABSENCE_PAUSE_MS = 50

/** Who asks: the name of the Vitest project and the path of the scenario file. */
export interface LeaseRequest {
  project: string
  file: string
}

/** A granted lease and the connection that holds it: the loadout stays up until `close`. */
export interface LeaseClient {
  lease: Lease
  /**
   * Tells what an attempt measured and kept; resolves when the main process has it.
   *
   * @throws JarvisError LEASE_LOST when the connection is gone
   */
  record: (attempt: AttemptRecord) => Promise<void>
  close: () => void
}

type Unsent = WorkerMessage extends infer Message
  ? Message extends WorkerMessage
    ? Omit<Message, 'id' | 'token'>
    : never
  : never

interface Channel {
  ask(message: Unsent): Promise<MainMessage>
  close(reason?: JarvisError): void
}

/**
 * Asks the main process for the loadout of a project and waits until it is up.
 *
 * @throws JarvisError with the code and sentence of a refusal, SERVICE_TIMEOUT after `address.timeout`
 * milliseconds, LEASE_LOST when the connection cannot be made or breaks
 */
export async function requestLease(
  address: LeaseAddress,
  request: LeaseRequest,
): Promise<LeaseClient> {
  await untilThere(address.socket)
  const channel = openChannel(address)
  const timer = setTimeout(() => channel.close(waitedTooLong(address, request)), address.timeout)
  try {
    const answer = await channel.ask({ type: 'lease', ...request })
    if (answer.type === 'refused') {
      throw new JarvisError(answer.code as JarvisErrorCode, answer.message)
    }
    if (answer.type !== 'granted') throw lost(`it answered "${answer.type}" to a request`)
    return {
      lease: answer.lease,
      record: async (attempt) => {
        await channel.ask({ type: 'attempt', ...request, attempt })
      },
      close: () => channel.close(),
    }
  } catch (error) {
    channel.close()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** A socket that is a file may have been removed: the server makes it anew. */
async function untilThere(socket: string): Promise<void> {
  const deadline = performance.now() + ABSENCE_MS
  while (socket.startsWith('/') && !existsSync(socket) && performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(ABSENCE_PAUSE_MS)
  }
}

/** The connection keeps the process alive only while an answer is awaited. */
function openChannel({ socket: path, token }: LeaseAddress): Channel {
  const waiting = new Map<number, PromiseWithResolvers<MainMessage>>()
  let lastId = 0
  let end: JarvisError | undefined

  const socket = createConnection(path)
  const decode = decoder()
  const finish = (reason: JarvisError): void => {
    end ??= reason
    for (const { reject } of waiting.values()) reject(end)
    waiting.clear()
    socket.destroy()
  }
  socket.on('error', (error) => finish(lost(messageOf(error), error)))
  socket.on('close', () => finish(lost('the connection was closed')))
  socket.on('data', (bytes: Buffer) => {
    const { messages, nonsense } = decode(bytes)
    for (const message of messages as MainMessage[]) {
      waiting.get(message.id)?.resolve(message)
      waiting.delete(message.id)
    }
    if (nonsense !== null) return finish(lost(`it sent ${nonsense.slice(0, 100)}`))
    if (waiting.size === 0) socket.unref()
  })

  return {
    ask: (message) => {
      if (end) return Promise.reject(end)
      const answer = Promise.withResolvers<MainMessage>()
      lastId += 1
      waiting.set(lastId, answer)
      socket.ref()
      socket.write(encode({ id: lastId, token, ...message }))
      return answer.promise
    },
    close: (reason = lost('this worker closed it')) => finish(reason),
  }
}

function lost(reason: string, cause?: unknown): JarvisError {
  return new JarvisError(
    'LEASE_LOST',
    `Lost the jarvis process that runs the services (${reason}): start the run again.`,
    { cause },
  )
}

function waitedTooLong({ timeout }: LeaseAddress, { project }: LeaseRequest): JarvisError {
  const seconds = Math.round(timeout / 1000)
  return new JarvisError(
    'SERVICE_TIMEOUT',
    `The services of ${project} were not up within ${seconds} s: see their logs in the session's ` +
      'folder, or raise startup_timeout in the plan.',
  )
}
