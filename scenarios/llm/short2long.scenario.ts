// A short request for a long text: the model keeps writing, close to the length that was asked for.
import { expect, test } from 'jarvis/scenario'

test('short2long', async ({ llm }) => {
  const { text } = await llm.chat('Write 120 words about the sea.', { maxTokens: 400 })
  const words = text.split(/\s+/).filter(Boolean).length
  expect(words).toBeGreaterThan(60)
  expect(words).toBeLessThan(300)
})
