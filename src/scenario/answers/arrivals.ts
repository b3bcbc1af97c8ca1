import { clearTimeout, setImmediate, setTimeout } from '../../host/real-time.ts'

/** What one read of a body brought, and when: seconds since the request was sent. */
export interface Arrival {
  bytes: Uint8Array
  at: number
}

/** The body of an answer, and the clock by which it is read. */
export interface Incoming {
  body: ReadableStream<Uint8Array>
  /** Seconds since the request was sent. */
  clock: () => number
  /** Until when more is waited for, by the same clock; null: as long as it takes. */
  deadline?: () => number | null
}

/**
 * The body of an answer as it arrives. What comes in the same turn of the event loop has one time: it lay in the socket
 * together, and the clock would only measure how long it took to be read.
 */
export async function* arrivals({ body, clock, deadline }: Incoming): AsyncGenerator<Arrival> {
  const reader = body.getReader()
  let now: number | null = null
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a stream is read piece by piece
      const read = await within(reader.read(), remaining(clock, deadline?.() ?? null))
      if (read === null || read.done) return
      if (now === null) {
        now = clock()
        setImmediate(() => {
          now = null
        })
      }
      yield { bytes: read.value, at: now }
    }
  } finally {
    // Where the connection is gone already, nothing is left to be given up.
    reader.cancel().catch(() => {})
  }
}

function remaining(clock: () => number, deadline: number | null): number | null {
  return deadline === null ? null : Math.max(0, deadline - clock()) * 1_000
}

/** Null where it takes longer than so many milliseconds. */
async function within<Value>(work: Promise<Value>, limit: number | null): Promise<Value | null> {
  if (limit === null) return work
  const { promise, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, limit, null)
  work.catch(() => {})
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
