import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { JarvisError, type JarvisErrorCode, messageOf } from '../../errors.ts'
import {
  clearInterval,
  clearTimeout,
  performance,
  setInterval,
  setTimeout,
  sleep,
} from '../../host/real-time.ts'
import {
  type AttemptRecord,
  decoder,
  encode,
  type Lease,
  type LeaseAddress,
  type Learned,
  type LeftOfFile,
  type MainMessage,
  type WorkerMessage,
} from './lease-protocol.ts'

/** How long a socket may be absent, and how often it is looked for. */
const ABSENCE_MS = 3_000
const ABSENCE_PAUSE_MS = 50
/** How often a worker says that it lives. */
const BEAT_MS = 1_000

/** Who asks: the name of the Vitest project and the path of the scenario file. */
export interface LeaseRequest {
  project: string
  file: string
}

/** A worker's connection to the main process, from before its file is loaded until the worker ends. */
export interface WorkerConnection {
  /**
   * What of the file is to run; null: all of it.
   *
   * @throws JarvisError LEASE_LOST when the connection could not be made or breaks
   */
  left(): Promise<LeftOfFile | null>
  /**
   * Asks for the loadout of the project and waits until it is up. `limit`: the longest that a test of the file may
   * take, in milliseconds; null without end.
   *
   * @throws JarvisError with the code and sentence of a refusal, SERVICE_TIMEOUT after `address.timeout`
   * milliseconds, LEASE_LOST when the connection could not be made or breaks
   */
  request(limit: number | null): Promise<LeaseClient>
  /** Tells what a request has learned of a service, for the files to come. */
  learn(learned: Learned): void
  /** The file has ended: the loadout need not stay up for it. */
  release(): void
  close(): void
}

/** A granted lease. */
export interface LeaseClient {
  lease: Lease
  /**
   * Tells what an attempt measured and kept; resolves when the main process has it.
   *
   * @throws JarvisError LEASE_LOST when the connection is gone
   */
  record: (attempt: AttemptRecord) => Promise<void>
}

type Unsent = WorkerMessage extends infer Message
  ? Message extends WorkerMessage
    ? Omit<Message, 'id' | 'token' | keyof LeaseRequest>
    : never
  : never

interface Channel {
  readonly isOpen: boolean
  /** What needs no answer. */
  tell(message: Unsent): void
  ask(message: Unsent): Promise<MainMessage>
  close(reason?: JarvisError): void
}

/**
 * Connects to the main process and says hello, and from then on once a second that this worker lives.
 *
 * @param progress - path of the file in which the worker writes down what its tests do
 */
export function connectWorker(
  address: LeaseAddress,
  from: LeaseRequest,
  progress: string | null,
): WorkerConnection {
  const open = (): Channel => {
    const opened = openChannel(address, from)
    opened.tell({ type: 'hello', pid: process.pid, progress, debugged: startsDebugged() })
    return opened
  }
  // A socket that is not there may come back until it is needed.
  let channel = isThere(address.socket) ? open() : null
  const beat = (): void => channel?.tell({ type: 'beat', debugged: isDebugged() })
  const beats = setInterval(beat, BEAT_MS).unref()
  const opened = async (): Promise<Channel> => {
    if (channel?.isOpen !== true) {
      await untilThere(address.socket)
      channel = open()
    }
    return channel
  }
  return {
    async left() {
      const answer = await (await opened()).ask({ type: 'left' })
      return answer.type === 'left' ? answer.left : null
    },
    async request(limit) {
      return requestLease(await opened(), address, from, limit)
    },
    learn: (learned) => channel?.tell({ type: 'learned', learned }),
    release: () => channel?.tell({ type: 'release' }),
    close: () => {
      clearInterval(beats)
      channel?.close()
    },
  }
}

async function requestLease(
  channel: Channel,
  address: LeaseAddress,
  from: LeaseRequest,
  limit: number | null,
): Promise<LeaseClient> {
  const timer = setTimeout(() => channel.close(waitedTooLong(address, from)), address.timeout)
  try {
    const answer = await channel.ask({ type: 'lease', limit })
    if (answer.type === 'refused') {
      throw new JarvisError(answer.code as JarvisErrorCode, answer.message)
    }
    if (answer.type !== 'granted') throw lost(`it answered "${answer.type}" to a request`)
    return {
      lease: answer.lease,
      record: async (attempt) => {
        await channel.ask({ type: 'attempt', attempt })
      },
    }
  } finally {
    clearTimeout(timer)
  }
}

/** A socket that is a file may have been removed: the server makes it anew. */
async function untilThere(socket: string): Promise<void> {
  const deadline = performance.now() + ABSENCE_MS
  while (!isThere(socket) && performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(ABSENCE_PAUSE_MS)
  }
}

function isThere(socket: string): boolean {
  return !socket.startsWith('/') || existsSync(socket)
}

/** What makes Node open its inspector as it starts. */
const INSPECTED = /--inspect/

/** By its options, as most workers end before their first beat: then it is asked itself, which has to be loaded. */
function startsDebugged(): boolean {
  return INSPECTED.test([process.env['NODE_OPTIONS'], ...process.execArgv].join(' '))
}

function isDebugged(): boolean {
  return process.getBuiltinModule('node:inspector').url() !== undefined
}

/** The connection keeps the process alive only while an answer is awaited. */
function openChannel({ socket: path, token }: LeaseAddress, from: LeaseRequest): Channel {
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

  const send = (message: Unsent): void => {
    lastId += 1
    socket.write(encode({ id: lastId, token, ...from, ...message }))
  }

  socket.unref()
  return {
    get isOpen() {
      return end === undefined
    },
    tell: (message) => {
      if (!end) send(message)
    },
    ask: (message) => {
      if (end) return Promise.reject(end)
      const answer = Promise.withResolvers<MainMessage>()
      socket.ref()
      send(message)
      waiting.set(lastId, answer)
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
