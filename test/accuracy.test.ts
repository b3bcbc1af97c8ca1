import { describe, expect, it } from 'vitest'
import { modes, pacedClient, rates, TTFT } from './support/paced-engine.ts'
import { type Passage, witness } from './support/stream-witness.ts'

/** Between the clocks of two processes. */
const CLOCK_SECONDS = 0.001
/** A whole line of either protocol that says something. */
const CONTENT = /"content":"[^"][^\n]*\n/

interface Bounds {
  least: number
  most: number
}

/**
 * The engine is never early, and late only where the machine is. How late is seen by a witness on the same
 * connection, between whose moments everything lies that can be measured. So nothing that a busy machine does can
 * break these bounds, and on a quiet one they are some milliseconds wide.
 */
describe.each(rates)('at $rate tokens/s', ({ rate, tokens }) => {
  it('TTFT, TPOT and tokens/s are what was configured, or as much later as it came', async () => {
    const ask = await pacedClient(rate)
    const watch = await witness()
    const complete = TTFT + (tokens - 1) / rate
    const all = await Promise.all(
      modes.map(async (mode) => {
        const [metrics, passage] = await watch(() => ask(mode, tokens))
        const e2el = { least: complete, most: seconds(passage.begun, passage.ended) }
        return { stream: mode.stream, metrics, passage, e2el }
      }),
    )
    for (const { metrics, e2el } of all) {
      expect(metrics.output_tokens).toBe(tokens)
      expectWithin(metrics.e2el, e2el)
      expectWithin(metrics.tps, { least: tokens / e2el.most, most: tokens / e2el.least })
    }
    for (const { metrics, passage, e2el } of all.filter(({ stream }) => stream)) {
      const ttft = firstContent(passage)
      const gap = {
        least: (e2el.least - ttft.most) / (tokens - 1),
        most: (e2el.most - ttft.least) / (tokens - 1),
      }
      expect(ttft.least).toBeGreaterThan(TTFT - CLOCK_SECONDS)
      expectWithin(metrics.ttft, ttft)
      expectWithin(metrics.ttfo, ttft)
      expectWithin(metrics.tpot, gap)
      // Chunks that a busy machine read at once are one of the times.
      const total = metrics.itl!.reduce((sum, one) => sum + one, 0)
      expectWithin(total / (tokens - 1), gap)
    }
    for (const { metrics } of all.filter(({ stream }) => !stream)) {
      expect(metrics).toMatchObject({ ttft: null, ttfo: null, tpot: null, itl: null })
    }
  })
})

/** A reader of the stream notes a piece after it came and before it wants the next one. */
function firstContent({ begun, sent, pieces }: Passage): Bounds {
  let text = ''
  const first = pieces.findIndex((piece) => CONTENT.test((text += piece.text)))
  const [piece, next] = [pieces[first], pieces[first + 1]]
  if (!piece || !next) throw new Error('The stream had no content.')
  return { least: seconds(sent, piece.came), most: seconds(begun, next.wanted) }
}

function expectWithin(measured: number | null, { least, most }: Bounds): void {
  expect(measured).toBeGreaterThan(least - CLOCK_SECONDS)
  expect(measured).toBeLessThan(most + CLOCK_SECONDS)
}

const seconds = (from: number, to: number): number => (to - from) / 1000
