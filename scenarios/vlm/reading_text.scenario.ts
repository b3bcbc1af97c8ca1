// Reading: two lines of capitals on a sign, each of them right.
import { expect, test } from 'jarvis/scenario'

test('reading_text', async ({ vlm }) => {
  const question = 'Read the text on this sign.'
  const { text } = await vlm.ask('media/sign.png', question, { maxTokens: 80 })
  expect(text).toMatch(/platform\s+7/i)
  expect(text).toMatch(/oslo/i)
})
