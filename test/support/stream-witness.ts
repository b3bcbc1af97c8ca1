import { AsyncLocalStorage } from 'node:async_hooks'
import { Response } from 'undici'
import { onTestFinished } from 'vitest'
import { httpClient } from '../../src/host/http-client.ts'

/** What passed between a client and a service; moments of `performance.now()`. */
export interface Passage {
  /** Before the client was asked, when it sent its request, and after it had answered. */
  begun: number
  sent: number
  ended: number
  /** The body's pieces: when each one was wanted, when it came, and what it said. */
  pieces: { wanted: number; came: number; text: string }[]
}

const watched = new AsyncLocalStorage<Passage>()

/**
 * Stands between the client and whoever reads its answers, for one test. A piece is handed on only when it is asked
 * for, so what a reader notes of a piece lies between its coming and the wish for the next one, however busy the
 * machine is.
 */
export async function witness(): Promise<
  <Value>(act: () => Promise<Value>) => Promise<[Value, Passage]>
> {
  const client = await httpClient()
  const real = client.fetch
  client.fetch = async (...args) => {
    const passage = watched.getStore()
    if (passage === undefined) return real(...args)
    passage.sent = performance.now()
    const response = await real(...args)
    if (response.body === null) return response
    return new Response(through(response.body, passage), response)
  }
  onTestFinished(() => {
    client.fetch = real
  })
  return async (act) => {
    const passage: Passage = { begun: performance.now(), sent: 0, ended: 0, pieces: [] }
    const value = await watched.run(passage, act)
    passage.ended = performance.now()
    return [value, passage]
  }
}

function through(body: ReadableStream<Uint8Array>, { pieces }: Passage): ReadableStream {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const wanted = performance.now()
        const { done, value } = await reader.read()
        const came = performance.now()
        pieces.push({ wanted, came, text: done ? '' : decoder.decode(value, { stream: true }) })
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
