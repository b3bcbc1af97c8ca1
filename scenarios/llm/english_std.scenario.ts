// Plain English: the model answers a greeting and a question of fact.
import { expect, test } from 'jarvis/scenario'

test('greets back', async ({ llm }) => {
  const { text } = await llm.chat('Hello', { maxTokens: 60 })
  expect(text).toMatch(/hello|hi\b|hey|welcome|help/i)
})

test('knows a capital', async ({ llm }) => {
  const { text } = await llm.chat('What is the capital of France?', { maxTokens: 60 })
  expect(text).toContain('Paris')
})
