import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { JarvisError, messageOf } from '../../errors.ts'
import { type LeasePlace, openLeasePlace } from './lease-place.ts'
import {
  type AttemptRecord,
  decoder,
  encode,
  type Hello,
  type Lease,
  type LeaseAddress,
  type Learned,
  type LeftOfFile,
  type MainMessage,
  type WorkerMessage,
} from './lease-protocol.ts'

/** A lease, and how it is given back. */
export interface Granted {
  lease: Lease
  release(): void
}

export interface LeaseServerOptions {
  /** `signal` is aborted when the worker is gone before it got its lease. */
  acquire(project: string, file: string, signal: AbortSignal): Promise<Granted>
  /** What of a file is to run; null: all of it. */
  left?(project: string, file: string): LeftOfFile | null
  /** The worker hears that an attempt is recorded when this is done. */
  onAttempt(project: string, file: string, attempt: AttemptRecord): void | Promise<void>
  /** A worker has begun with a file: who is given hears of it from then on. */
  follow?(hello: Hello): WorkerFollower
}

/** Who hears how a worker gets on with its file. */
export interface WorkerFollower {
  /** It lives. */
  beat(debugged: boolean): void
  /** Its file is loaded, and it waits for its lease. `limit`: see the message. */
  asks(limit: number | null): void
  /** It has its lease, or a refusal. */
  answered(): void
  /** Its file has ended. */
  released(): void
  /** Its connection is closed: it has ended, as a rule. */
  gone(): void
}

const TOKEN_BYTES = 32
/** What somebody may send before one message with the token: others of this machine may reach the place. */
const MAX_STRANGER_BYTES = 64 * 1024
const MESSAGE_TYPES: ReadonlySet<string> = new Set<WorkerMessage['type']>([
  'hello',
  'beat',
  'left',
  'lease',
  'attempt',
  'learned',
  'release',
])

/**
 * Where the workers' scenario files ask for their services, with a token. A worker whose connection closes
 * gives its lease back.
 */
export class LeaseServer {
  readonly #options: LeaseServerOptions
  readonly #token = randomBytes(TOKEN_BYTES).toString('base64url')
  readonly #connections = new Set<Socket>()
  /** By Vitest project, which is a loadout of a domain. */
  readonly #learned = new Map<string, Learned>()
  #place: LeasePlace | null = null

  constructor(options: LeaseServerOptions) {
    this.#options = options
  }

  /** Starts to listen; workers get the address with the time that they wait added. */
  async listen(): Promise<Pick<LeaseAddress, 'socket' | 'token'>> {
    this.#place = await openLeasePlace((socket) => this.#serve(socket))
    return { socket: this.#place.socket, token: this.#token }
  }

  /** Closes every connection, which gives every lease back. */
  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy()
    await this.#place?.close()
    this.#place = null
  }

  #serve(socket: Socket): void {
    const gone = new AbortController()
    let lease: Promise<Granted> | null = null
    let follower: WorkerFollower | undefined
    const giveBack = (): void => {
      lease?.then((granted) => granted.release()).catch(() => {})
      lease = null
    }
    this.#connections.add(socket)
    socket.unref()
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      this.#connections.delete(socket)
      gone.abort()
      giveBack()
      follower?.gone()
    })
    const take = (message: WorkerMessage): void => {
      switch (message.type) {
        case 'hello':
          follower = this.#options.follow?.(message)
          return
        case 'beat':
          follower?.beat(message.debugged)
          return
        case 'left': {
          const left = this.#options.left?.(message.project, message.file) ?? null
          return void answer(socket, message.id, Promise.resolve({ type: 'left', left }))
        }
        case 'attempt':
          void answer(socket, message.id, this.#record(message))
          return
        case 'lease': {
          if (lease !== null) return void socket.destroy()
          follower?.asks(message.limit)
          lease = this.#options.acquire(message.project, message.file, gone.signal)
          const granted = lease.then((it) => this.#grantOf(it, message.project))
          const told = answer(socket, message.id, granted)
          return void told.then(() => follower?.answered())
        }
        case 'learned':
          this.#learned.set(message.project, {
            ...this.#learned.get(message.project),
            ...message.learned,
          })
          return
        case 'release':
          giveBack()
          follower?.released()
      }
    }
    const decode = decoder()
    let isStranger = true
    socket.on('data', (bytes: Buffer) => {
      const { messages, nonsense } = decode(bytes)
      if (nonsense !== null || !messages.every((message) => this.#isAuthentic(message))) {
        socket.destroy()
        return
      }
      isStranger &&= messages.length === 0
      if (isStranger && socket.bytesRead > MAX_STRANGER_BYTES) socket.destroy()
      for (const message of messages) take(message)
    })
  }

  #isAuthentic(message: unknown): message is WorkerMessage {
    if (typeof message !== 'object' || message === null) return false
    const { id, type, token, project, file, attempt, learned } = message as Record<string, unknown>
    if (typeof type !== 'string' || !MESSAGE_TYPES.has(type)) return false
    if (typeof token !== 'string' || !timingSafeEqual(digest(token), digest(this.#token)))
      return false
    if (typeof id !== 'number' || typeof project !== 'string' || typeof file !== 'string')
      return false
    if (type === 'learned') return isObject(learned)
    return type !== 'attempt' || isObject(attempt)
  }

  #grantOf({ lease }: Granted, project: string): Answer {
    const learned = this.#learned.get(project)
    return { type: 'granted', lease: { ...lease, ...(learned && { learned }) } }
  }

  async #record({ project, file, attempt }: WorkerMessage & { type: 'attempt' }): Promise<Answer> {
    await this.#options.onAttempt(project, file, attempt)
    return { type: 'recorded' }
  }
}

type Answer = MainMessage extends infer Message
  ? Message extends { id: number }
    ? Omit<Message, 'id'>
    : never
  : never

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Resolves when it is sent. */
function answer(socket: Socket, id: number, work: Promise<Answer>): Promise<void> {
  const send = (message: Answer): void => {
    if (socket.writable) socket.write(encode({ id, ...message }))
  }
  return work.then(send, (error: unknown) => {
    const code = error instanceof JarvisError ? error.code : 'LEASE_LOST'
    send({ type: 'refused', code, message: messageOf(error) })
  })
}

/** Equal lengths, so that the comparison tells nothing about the token. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
