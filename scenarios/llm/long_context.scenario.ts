// A code word at the start of a long text. Skipped: it needs a context of 16k tokens and takes minutes on a CPU.
import { expect, test } from 'jarvis/scenario'

test.skip('long_context', async ({ llm }) => {
  const filler = 'The sea was calm and the sky was clear. '.repeat(1200)
  const question = `The code word is heron. ${filler} What is the code word?`
  const { text } = await llm.chat(question, { maxTokens: 60 })
  expect(text).toContain('heron')
})
