// Longer replies, whose words are the model's: at temperature 0 they are the same every night.
import { expect, test } from 'jarvis/scenario'

test.for([
  ['a lighthouse', 20],
  ['a storm', 30],
] as const)('of $0', async ([topic, words], { llm }) => {
  const question = `Write ${words} words about ${topic}.`
  const { text } = await llm.chat(question, { temperature: 0, seed: 1 })
  expect(text.split(' ')).toHaveLength(words)
})
