// Obedience: asked for one word, the model says one.
import { expect, test } from 'jarvis/scenario'

test.for([
  ['France', 'Paris'],
  ['Japan', 'Tokyo'],
  ['Poland', 'Warsaw'],
] as const)('the capital of %s', async ([country, capital], { llm }) => {
  const { text } = await llm.chat(`What is the capital of ${country}? Answer with one word.`, {
    maxTokens: 60,
  })
  expect(text.replace(/\.$/, '')).toBe(capital)
})
