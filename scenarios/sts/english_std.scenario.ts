// A spoken question gets a spoken answer.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('english_std', async ({ sts, service }) => {
  const { text, metrics } = await sts.converse(recordingOf(service, 'capital'), {
    language: 'en',
    maxTokens: 60,
  })
  expect(text).toContain('Paris')
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
