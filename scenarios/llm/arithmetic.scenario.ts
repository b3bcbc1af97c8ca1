// Arithmetic that a small model gets right.
import { expect, test } from 'jarvis/scenario'

test.for([
  ['17 + 25', 42],
  ['6 * 7', 42],
  ['100 - 58', 42],
] as const)('%s', async ([sum, result], { llm }) => {
  const { text } = await llm.chat(`What is ${sum}? Answer with just the number.`, {
    maxTokens: 60,
  })
  expect(text).toMatch(new RegExp(`\\b${result}\\b`))
})
