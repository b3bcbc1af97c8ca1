import { onTestFinished } from 'vitest'
import type { ChatMetrics } from '../../src/scenario/answers/chat-reply.ts'
import { createLlm } from '../../src/scenario/llm.ts'
import { launch } from '../sim/engine.ts'
import { standIn } from './service-stand-in.ts'

const never = new AbortController().signal

/** Seconds from a request to the first token. */
export const TTFT = 0.5

/** Tokens a second, and how many are asked for. */
export const rates = [
  { rate: 1, tokens: 3 },
  { rate: 20, tokens: 20 },
  { rate: 200, tokens: 200 },
]

/** How it can be asked. */
export const modes = [
  { api: 'ollama', stream: true },
  { api: 'ollama', stream: false },
  { api: 'openai', stream: true },
  { api: 'openai', stream: false },
] as const

/** A client of an embedded engine of its own that speaks at this rate, and has loaded what it needs. */
export async function pacedClient(rate: number) {
  const engine = launch('--ttft', String(TTFT), '--rate', String(rate))
  const [, url = ''] = await engine.seen(/listening on (\S+)/)
  const service = await standIn()
  onTestFinished(() => service.stop())
  const ask = async (
    { api, stream }: (typeof modes)[number],
    maxTokens: number,
  ): Promise<ChatMetrics> => {
    service.lease({ url, model: 'tiny', apis: [api] })
    const llm = createLlm(never)
    const question = 'Write 400 words about the sea'
    return service.within(async () => (await llm.chat(question, { stream, maxTokens })).metrics)
  }
  await Promise.all([ask(modes[0], 1), ask(modes[2], 1)])
  return ask
}
