// A streamed reply comes in pieces, and its first one well before the last.
import { expect, test } from 'jarvis/scenario'

test('streaming', async ({ llm }) => {
  const { text, chunks, metrics } = await llm.chat('Count from 1 to 10', {
    stream: true,
    maxTokens: 120,
  })
  expect(text).toMatch(/1\D+2\D+3[\s\S]*10/)
  expect(chunks.length).toBeGreaterThan(3)
  // A machine that is busy may read the whole reply at once.
  expect(metrics.ttft).toBeLessThanOrEqual(metrics.e2el)
})
