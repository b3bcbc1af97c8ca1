// A spoken question gets a spoken answer. The recording is the embedded engine's speech: replace it for real models.
import { expect, test } from 'jarvis/scenario'

test('english_std', async ({ sts }) => {
  const { text, metrics } = await sts.converse('media/capital.wav', { language: 'en' })
  expect(text).toContain('Paris')
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
