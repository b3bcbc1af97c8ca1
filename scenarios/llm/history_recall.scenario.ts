// A conversation: the model remembers what was said two turns before.
import { expect, test } from 'jarvis/scenario'

test('history_recall', async ({ llm }) => {
  const first = { role: 'user', content: 'My name is Ada.' } as const
  const { text: greeting } = await llm.chat([first], { maxTokens: 60 })
  const { text } = await llm.chat(
    [
      first,
      { role: 'assistant', content: greeting },
      { role: 'user', content: 'What is my name?' },
    ],
    { maxTokens: 60 },
  )
  expect(text).toContain('Ada')
})
