import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { decoder } from '../leases/lease-protocol.ts'
import type { Holder } from './holders.ts'
import type { Holding } from './holding.ts'

/** What somebody asks of a holder, one JSON object a line; the first line carries the token. */
export type AskKeeper =
  /** A run of the same project wants the services; the answer is what they are, or why not. */
  | { token: string; type: 'take'; root: string; plan: string }
  /** It has them, and sees to them from now on. */
  | { type: 'taken' }
  /** Another run wants the machine, or they are of no use any more: end them. */
  | { token: string; type: 'give_up' }
  | { type: 'give_up' }

export type KeeperAnswer =
  | { type: 'holding'; holding: Holding }
  /** It is the taker's; the holder goes. */
  | { type: 'bye' }
  /** They have ended. */
  | { type: 'given_up' }
  /** A run uses them. */
  | { type: 'busy' }

/** So long an answer may take that needs no waiting for anything. */
const ANSWER_MS = 3_000
/** An end may take its grace, and this. */
const END_MS = 5_000
const MAX_LINE_BYTES = 4 * 1024 * 1024

/** A conversation with a holder. */
export class KeeperLine {
  readonly #socket: Socket
  readonly #answers: KeeperAnswer[] = []
  #waiting: ((answer: KeeperAnswer | null) => void) | null = null
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    const decode = decoder(MAX_LINE_BYTES)
    socket.on('data', (bytes: Buffer) => {
      const { messages, nonsense } = decode(bytes)
      for (const message of messages) this.#take(message as KeeperAnswer)
      if (nonsense !== null) socket.destroy()
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#isClosed = true
      this.#waiting?.(null)
    })
  }

  /** Null where nobody answers. */
  static async to({ socket: path }: Pick<Holder, 'socket'>): Promise<KeeperLine | null> {
    const socket = connect(path)
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) })
      return new KeeperLine(socket)
    } catch {
      socket.destroy()
      return null
    }
  }

  /** The next answer; null where none comes in time. */
  async ask(message: AskKeeper, timeout: number = ANSWER_MS): Promise<KeeperAnswer | null> {
    if (this.#isClosed) return null
    this.#socket.write(`${JSON.stringify(message)}\n`)
    const known = this.#answers.shift()
    if (known !== undefined) return known
    const { promise, resolve } = Promise.withResolvers<KeeperAnswer | null>()
    this.#waiting = resolve
    const timer = setTimeout(() => resolve(null), timeout)
    const answer = await promise
    clearTimeout(timer)
    this.#waiting = null
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(answer: KeeperAnswer): void {
    if (this.#waiting === null) this.#answers.push(answer)
    else this.#waiting(answer)
  }
}

/** How long a holder may take to end what it holds, in milliseconds. */
export function endTimeout({ services }: Pick<Holding, 'services'>): number {
  return Math.max(0, ...services.map(({ process }) => process?.grace ?? 0)) * 1_000 + END_MS
}
