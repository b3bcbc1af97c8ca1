import { onTestFinished, describe, expect, it } from 'vitest'
import { type ChatMetrics } from '../src/scenario/chat.ts'
import { createLlm } from '../src/scenario/llm.ts'
import { standIn } from './support/service-stand-in.ts'
import { launch } from './sim/engine.ts'

const never = new AbortController().signal
const TTFT = 0.5
const SLACK_SHARE = 0.1
const SLACK_SECONDS = 0.005

const rates = [
  { rate: 1, tokens: 3 },
  { rate: 20, tokens: 20 },
  { rate: 200, tokens: 200 },
]

const modes = [
  { api: 'ollama', stream: true },
  { api: 'ollama', stream: false },
  { api: 'openai', stream: true },
  { api: 'openai', stream: false },
] as const

// A busy machine may be late by more than is asked for here; the arithmetic would be wrong each time.
describe.each(rates)('at $rate tokens/s', { retry: 2 }, ({ rate, tokens }) => {
  it('TTFT, TPOT and tokens/s are what was configured, streamed and in one piece', async () => {
    const ask = await clientOf(rate)
    await ask(modes[0], 1)
    await ask(modes[2], 1)
    const complete = TTFT + (tokens - 1) / rate
    const all = await Promise.all(modes.map((mode) => ask(mode, tokens)))
    const [streamed, whole] = [true, false].map((kind) =>
      all.filter((_, index) => modes[index]?.stream === kind),
    ) as [ChatMetrics[], ChatMetrics[]]
    expect([streamed.length, whole.length]).toEqual([2, 2])
    for (const metrics of all) {
      expect(metrics.output_tokens).toBe(tokens)
      expectNear(metrics.e2el, complete)
      expectNear(metrics.tps, tokens / complete)
    }
    for (const metrics of streamed) {
      expectNear(metrics.ttft, TTFT)
      expectNear(metrics.ttfo, TTFT)
      expectNear(metrics.tpot, 1 / rate)
      expectNear(metrics.itl_mean, 1 / rate)
    }
    for (const metrics of whole) {
      expect(metrics).toMatchObject({ ttft: null, ttfo: null, tpot: null, itl: null })
    }
  })
})

/** A client of an embedded engine of its own that speaks at this rate. */
async function clientOf(rate: number) {
  const engine = launch('--ttft', String(TTFT), '--rate', String(rate))
  const [, url = ''] = await engine.seen(/listening on (\S+)/)
  const service = await standIn()
  onTestFinished(() => service.stop())
  return async (
    { api, stream }: (typeof modes)[number],
    maxTokens: number,
  ): Promise<ChatMetrics> => {
    service.lease({ url, model: 'tiny', apis: [api] })
    const llm = createLlm(never)
    const question = 'Write 400 words about the sea'
    return service.within(async () => (await llm.chat(question, { stream, maxTokens })).metrics)
  }
}

function expectNear(measured: number | null, configured: number): void {
  const slack = Math.max(configured * SLACK_SHARE, SLACK_SECONDS)
  expect(measured).toBeGreaterThan(configured - slack)
  expect(measured).toBeLessThan(configured + slack)
}
