// A prompt that nearly fills the context: what stands at its start is still known at its end.
import { expect, test } from 'jarvis/scenario'

/** Of a loadout that names none with `#ctx=`: what most engines have at least. */
const DEFAULT_CONTEXT = 4096
/** Longer prompts take minutes on a machine without a GPU. */
const LONGEST = 16_384
/** The part of the context that the prompt takes, and what a sentence of filler takes of it in tokens. */
const SHARE = 0.7
const SENTENCE_TOKENS = 11

/** vLLM takes `16k` and `16K` as well; llama.cpp's 0 is all that the model has. */
const UNITS: Record<string, number> = { k: 1_000, K: 1_024, m: 1_000 ** 2, M: 1_024 ** 2 }

function tokensOf(ctx: unknown): number {
  const [, count, unit = ''] = /^([\d.]+)([kKmM]?)$/.exec(String(ctx)) ?? []
  return count === undefined ? 0 : Number(count) * (UNITS[unit] ?? 1)
}

test('near_context_limit', async ({ llm, service }) => {
  const context = Math.min(LONGEST, tokensOf(service.flags['ctx']) || DEFAULT_CONTEXT)
  const times = Math.floor((context * SHARE) / SENTENCE_TOKENS)
  const filler = 'The sea was calm and the sky was clear. '.repeat(times)
  const question = `The code word is heron. ${filler}What is the code word?`
  const { text, metrics } = await llm.chat(question, { maxTokens: 60 })
  expect(text).toMatch(/heron/i)
  expect(metrics.prompt_tokens ?? context).toBeGreaterThan(context * 0.4)
})
