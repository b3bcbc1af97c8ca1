import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { clearInterval, performance, setInterval } from '../host/real-time.ts'
import type { ChatPiece } from './chat-protocol.ts'
import { current } from './current.ts'

/** What a number of the service's may owe to us: the flags of a result. Which numbers: `src/report/doubts.ts`. */
type Doubt = 'shared_reads' | 'event_loop_lag' | 'harness_delay'

/** When a reply came, in seconds since its request was sent. */
interface ReplyTimes {
  /** The first piece of what was asked for; null where it came as a whole. */
  first: number | null
  end: number
  /** A stream's pieces. */
  pieces?: readonly ChatPiece[]
}

/** Whether this process can attend to a reply is looked at so often. */
const LOOK_MS = 10
/** Timers of some systems are late by up to 16 ms by themselves. */
const LAG_MS = 20
/** Below this nobody takes two numbers for different (`FLOORS` of comparisons know 20 ms). */
const DELAY_MS = 5
/** A share of a time that makes it doubtful. */
const CONSIDERABLE = 0.05
/** From so many of its chunks on the 99th percentile of the times between them is another one. */
const SHARED = 0.01

/**
 * Sends a request by `act` and flags the running test's numbers where part of what was measured is this process's
 * own: it was busy with something else, it took long to send the request, or it read several chunks at once.
 */
export async function watchRequest<Reply>(
  act: () => Promise<Reply>,
  timesOf: (reply: Reply) => ReplyTimes,
): Promise<Reply> {
  const watch = new Watch()
  try {
    const reply = await watches.run(watch, act)
    const attempt = current().attempt.getStore()
    for (const doubt of watch.doubts(timesOf(reply))) attempt?.flag(doubt)
    return reply
  } finally {
    watch.stop()
  }
}

/** A request is given to the client now: times count from here. One that is sent again starts anew. */
export function noteSent(): void {
  watches.getStore()?.start()
}

/** The longest that a request was delayed by this process, and when it could attend to nothing. */
class Watch {
  #asked = 0
  #looked = 0
  #timer: NodeJS.Timeout | undefined
  #lags: { at: number; lag: number }[] = []
  /** When all of the request was written, by the client's word; null where it says nothing. */
  #written: number | null = null
  #connecting: number | null = null
  /** A new connection is the network's and the service's time. */
  #connected = 0

  start(): void {
    this.stop()
    this.#asked = performance.now()
    this.#looked = this.#asked
    this.#lags = []
    this.#written = null
    this.#connected = 0
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  connecting(): void {
    this.#connecting = performance.now()
  }

  connected(): void {
    if (this.#connecting !== null) this.#connected += performance.now() - this.#connecting
    this.#connecting = null
  }

  written(): void {
    this.#written ??= performance.now()
  }

  doubts({ first, end, pieces = [] }: ReplyTimes): Doubt[] {
    // A service without HTTP was not watched.
    if (this.#timer === undefined) return []
    this.#look()
    const start = (first ?? end) * 1_000
    const delay = (this.#written ?? this.#asked) - this.#asked - this.#connected
    const lag = this.#lagUntil(start)
    const isLate =
      lag >= start * CONSIDERABLE || this.#lagUntil(Infinity) >= end * 1_000 * CONSIDERABLE
    return [
      ...(sharedReads(pieces) > SHARED * pieces.length ? (['shared_reads'] as const) : []),
      ...(this.#lags.length > 0 && isLate ? (['event_loop_lag'] as const) : []),
      ...(delay >= Math.max(DELAY_MS, start * CONSIDERABLE) ? (['harness_delay'] as const) : []),
    ]
  }

  #look(): void {
    const now = performance.now()
    const lag = now - this.#looked - LOOK_MS
    if (lag >= LAG_MS) this.#lags.push({ at: now - this.#asked, lag })
    this.#looked = now
  }

  /** How long nothing could be attended to until a time after the request, in milliseconds. */
  #lagUntil(time: number): number {
    return this.#lags.reduce((sum, { at, lag }) => (at <= time ? sum + lag : sum), 0)
  }
}

/** How many chunks came in one read with the one before. */
function sharedReads(pieces: readonly ChatPiece[]): number {
  return pieces.filter((piece, index) => {
    const before = pieces[index - 1]
    if (before?.at !== piece.at) return false
    // The last thought and the first word of the answer may stand in one chunk, and so may a word and a tool.
    return before.reasoning === piece.reasoning && before.tool === piece.tool
  }).length
}

const watches = new AsyncLocalStorage<Watch>()
const byRequest = new WeakMap<object, Watch>()

/* Node's own client and the package undici tell these: https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
on('undici:request:create', (watch, { request }) => {
  if (request !== undefined) byRequest.set(request, watch)
})
on('undici:client:beforeConnect', (watch) => watch.connecting())
on('undici:client:connected', (watch) => watch.connected())
// A connection that was opened for another request is used in that one's context.
subscribe('undici:request:bodySent', (message) => {
  const { request } = message as { request?: object }
  if (request !== undefined) byRequest.get(request)?.written()
})

function on(channel: string, act: (watch: Watch, message: { request?: object }) => void): void {
  subscribe(channel, (message) => {
    const watch = watches.getStore()
    if (watch !== undefined) act(watch, message as { request?: object })
  })
}
