// A long generation: how many tokens a second come over a few hundred of them, piece by piece.
import { expect, test } from 'jarvis/scenario'

test('throughput', async ({ llm }) => {
  const { text, metrics } = await llm.chat('Write a story of 300 words about a lighthouse.', {
    stream: true,
    maxTokens: 512,
  })
  expect(text.split(/\s+/).length).toBeGreaterThan(100)
  expect(metrics.tps).toBeGreaterThan(0)
  expect(metrics.tpot).toBeGreaterThan(0)
  // A machine that is busy may read the whole reply at once.
  expect(metrics.ttft).toBeLessThanOrEqual(metrics.e2el)
})
