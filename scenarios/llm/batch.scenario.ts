// A reply that is not streamed comes whole, so there is no time to its first token.
import { expect, test } from 'jarvis/scenario'

test('batch', async ({ llm }) => {
  const { text, metrics } = await llm.chat('Count from 1 to 10', { stream: false, maxTokens: 120 })
  expect(text).toMatch(/1\D+2\D+3[\s\S]*10/)
  expect(metrics.ttft).toBeNull()
  expect(metrics.e2el).toBeGreaterThan(0)
})
