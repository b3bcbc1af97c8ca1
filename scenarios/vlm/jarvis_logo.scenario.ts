// A logo: the model reads the one word on it.
import { expect, test } from 'jarvis/scenario'

test('jarvis_logo', async ({ vlm }) => {
  const question = 'Which word is written on this logo? Answer with one word.'
  const { text } = await vlm.ask('media/jarvis_logo.png', question, { maxTokens: 60 })
  expect(text).toMatch(/jarvis/i)
})
