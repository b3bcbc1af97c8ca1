// Repeats of its own: the same question three times, one result each, and the answers agree.
import { expect, match, measure, test } from 'jarvis/scenario'

let first: string | undefined

test('consistency', { repeats: 2 }, async ({ llm }) => {
  const { text } = await llm.chat('List three colours', { maxTokens: 120 })
  first ??= text
  const similarity = match(first, text)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.5)
})
