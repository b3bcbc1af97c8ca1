// The last request of a night: what breaks from some request on breaks here.
import { expect, test } from 'jarvis/scenario'

test('into Polish', async ({ llm }) => {
  const { text } = await llm.chat('Translate "good morning" into Polish', { temperature: 0 })
  expect(text).toContain('Dzień dobry')
})
