// An instruction without content: whatever the model makes of it, it answers, and the next question works.
import { expect, test } from 'jarvis/scenario'

test('empty_instruction', async ({ llm }) => {
  const { metrics } = await llm.chat(' ', { maxTokens: 60 })
  expect(metrics.e2el).toBeGreaterThan(0)
  const { text } = await llm.chat('What is 2 + 2? Answer with just the number.', { maxTokens: 60 })
  expect(text).toMatch(/\b4\b/)
})
