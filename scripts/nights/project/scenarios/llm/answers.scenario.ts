// Questions of fact, short answers.
import { expect, test } from 'jarvis/scenario'

test.for([
  ['capital of France', 'What is the capital of France?', 'Paris'],
  ['largest planet', 'What is the largest planet?', 'Jupiter'],
] as const)('$0', async ([, question, answer], { llm }) => {
  const { text } = await llm.chat(question, { temperature: 0 })
  expect(text).toContain(answer)
})
