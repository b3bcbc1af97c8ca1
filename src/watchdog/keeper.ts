import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { lifeWatcher } from '../host/life-watcher.ts'
import { identify, isRunning } from '../host/process-identity.ts'
import { localIso } from '../host/local-time.ts'
import { decoder } from '../services/leases/lease-protocol.ts'
import { type LeasePlace, openLeasePlace } from '../services/leases/lease-place.ts'
import { spawnGuard, type SpawnedGuard } from '../services/processes/process-guard.ts'
import { endHeld } from '../services/warm/ask-keepers.ts'
import { publishHolder, withdrawHolder } from '../services/warm/holders.ts'
import { type Holding, keptProcesses } from '../services/warm/holding.ts'
import type { AskKeeper, KeeperAnswer } from '../services/warm/keeper-protocol.ts'

/** How often it looks whether services, and whoever has started their runs, still live. */
const LOOK_MS = 1_000
/** What a run may take beyond the grace of its services until they have ended. */
const LET_GO_MS = 2_000
/** A run that has just begun has better use for the processors than a second watchdog. */
const GUARD_AFTER_MS = 1_500
const TOKEN_BYTES = 32
const MAX_LINE_BYTES = 64 * 1024

export interface KeeperOptions {
  /** Asks the run to end what it keeps warm, where it does not use it. */
  askRun(): void
  /** Nothing is held any more, and no run is there. */
  onEmpty(): void
}

/**
 * Sees to services that outlive their run: they go to the next run of the same project that asks for them, end for
 * whoever wants the machine, and end when their time is over, when one of them dies, or when the editor is gone. While
 * the run goes on it only says what there is. A watchdog of its own ends them should it be killed.
 */
export class Keeper {
  readonly #options: KeeperOptions
  readonly #own = identify(process.pid)
  readonly #token = randomBytes(TOKEN_BYTES).toString('base64url')
  /** Null as long as its start would disturb the run. */
  #guard: SpawnedGuard | null = null
  #isGuarded = false
  #place: Promise<LeasePlace> | null = null
  #holding: Holding | null = null
  /** Local time until which it holds; null while a run uses what it holds. */
  #until: string | null = null
  /** Somebody is about to take it over. */
  #taker: Socket | null = null
  /** Of what it holds; whoever asks for it waits for the same one. */
  #ended: Promise<unknown> | null = null
  #ending: Promise<void> | null = null
  #onLetGo: (() => void)[] = []
  #timers: NodeJS.Timeout[] = []

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#timers.push(setTimeout(() => this.#startGuard(), GUARD_AFTER_MS))
  }

  get holding(): Holding | null {
    return this.#holding
  }

  /** What the run keeps warm by now; null: nothing. */
  hold(holding: Holding | null): void {
    this.#holding = holding
    this.#guard?.standBehind(holding?.run ?? null, holding)
    if (holding === null) {
      withdrawHolder(process.pid)
      for (const told of this.#onLetGo.splice(0)) told()
    } else void this.#publish()
  }

  /** The run is gone: what it has left stays up for so many seconds. */
  async stay(seconds: number): Promise<void> {
    const holding = this.#holding
    if (holding === null || !isAlive(holding)) return this.end()
    this.#until = localIso(new Date(Date.now() + seconds * 1_000))
    this.#startGuard()
    this.#guard?.standBehind(null, holding)
    await this.#publish()
    for (const told of this.#onLetGo.splice(0)) told()
    this.#timers.push(setTimeout(() => void this.end(), seconds * 1_000))
    const editor = lifeWatcher(holding.editor)
    const services = keptProcesses(holding).map(lifeWatcher)
    this.#timers.push(
      setInterval(() => {
        const isWanted = editor() && services.every((lives) => lives())
        if (!isWanted && this.#taker === null) void this.end()
      }, LOOK_MS),
    )
  }

  /** Ends what it holds, and goes. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    await this.#endHeld()
    await this.#go()
  }

  async #endHeld(): Promise<void> {
    const holding = this.#holding
    this.#holding = null
    if (holding !== null) this.#ended ??= endHeld(holding)
    await this.#ended
  }

  async #go(): Promise<void> {
    this.#timers.forEach(clearTimeout)
    withdrawHolder(process.pid)
    await this.#guard?.end()
    this.#options.onEmpty()
  }

  #startGuard(): void {
    if (this.#guard !== null || this.#ending !== null) return
    this.#guard = spawnGuard(() => {}, { apart: true })
    this.#guard.standBehind(this.#holding?.run ?? null, this.#holding)
    void this.#guard.ready.then(
      () => {
        this.#isGuarded = true
        if (this.#holding !== null && this.#ending === null) void this.#publish()
      },
      // It holds on without.
      () => {},
    )
  }

  async #publish(): Promise<void> {
    this.#place ??= openLeasePlace((socket) => this.#serve(socket))
    const { socket } = await this.#place
    const holding = this.#holding
    if (holding === null) return
    const how = { socket, token: this.#token, until: this.#until, isGuarded: this.#isGuarded }
    try {
      publishHolder({ ...this.#own, ...how, holding })
    } catch {
      // Nobody finds it then, and it ends when its time is over.
    }
  }

  #serve(socket: Socket): void {
    const decode = decoder(MAX_LINE_BYTES)
    let isKnown = false
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      const { messages, nonsense } = decode(bytes)
      if (nonsense !== null) return socket.destroy()
      for (const message of messages as AskKeeper[]) {
        isKnown ||= 'token' in message && message.token === this.#token
        if (!isKnown) return socket.destroy()
        void this.#answer(message, socket)
      }
    })
    // A taker that dies has taken nothing.
    socket.once('close', () => {
      if (this.#taker === socket) this.#taker = null
    })
  }

  async #answer(message: AskKeeper, socket: Socket): Promise<void> {
    const say = (answer: KeeperAnswer): void => void socket.write(`${JSON.stringify(answer)}\n`)
    switch (message.type) {
      case 'take': {
        const holding = this.#holding
        const isFree = this.#until !== null && this.#taker === null && this.#ending === null
        if (!isFree || holding?.root !== message.root || holding.plan !== message.plan) {
          return say({ type: 'busy' })
        }
        this.#taker = socket
        return say({ type: 'holding', holding })
      }
      case 'taken':
        if (this.#taker !== socket || this.#ending !== null) return
        this.#holding = null
        this.#ending = Promise.resolve()
        socket.write(`${JSON.stringify({ type: 'bye' } satisfies KeeperAnswer)}\n`, () => {
          void this.#go()
        })
        return
      case 'give_up': {
        const isRefused = this.#taker === socket
        if (this.#until === null && (await this.#letGo())) return say({ type: 'given_up' })
        // The run may have gone meanwhile, and left it here.
        const isUsed = this.#until === null || (this.#taker !== null && !isRefused)
        if (isUsed) return say({ type: 'busy' })
        await this.#endHeld()
        socket.write(`${JSON.stringify({ type: 'given_up' } satisfies KeeperAnswer)}\n`, () => {
          void this.end()
        })
      }
    }
  }

  /** Whether the run lets what it keeps warm end, as it does where it does not use it. */
  async #letGo(): Promise<boolean> {
    const holding = this.#holding
    if (holding === null) return true
    const graces = holding.services.map(({ process }) => process?.grace ?? 0)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onLetGo.push(resolve)
    const timer = setTimeout(resolve, Math.max(...graces) * 1_000 + LET_GO_MS)
    this.#options.askRun()
    await promise
    clearTimeout(timer)
    return this.#holding === null
  }
}

function isAlive(holding: Holding): boolean {
  return keptProcesses(holding).every(isRunning)
}
