// A short spoken request gets a long spoken answer.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('short2long', async ({ sts, service }) => {
  const { text, metrics } = await sts.converse(recordingOf(service, 'story'), {
    language: 'en',
    maxTokens: 200,
  })
  expect(text.split(/\s+/).length).toBeGreaterThan(30)
  expect(metrics.audio_seconds).toBeGreaterThan(8)
})
