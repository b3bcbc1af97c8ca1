// A spoken question gets an answer of one word, as the system prompt asks.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('long2short', async ({ sts, service }) => {
  const { text, metrics } = await sts.converse(recordingOf(service, 'capital'), {
    language: 'en',
    system: 'Answer with one word.',
    maxTokens: 40,
  })
  expect(text).toMatch(/paris/i)
  expect(text.split(/\s+/).length).toBeLessThan(5)
  expect(metrics.audio_seconds).toBeLessThan(5)
})
