// A spoken command gets a spoken answer. The recording is espeak-ng's: for real recognisers.
import { expect, match, measure, test } from 'jarvis/scenario'

test('home_command', async ({ sts }) => {
  const { heard, text, metrics } = await sts.converse('../stt/media/kitchen.wav', {
    language: 'en',
    maxTokens: 40,
  })
  const similarity = match('Turn on the light in the kitchen.', heard)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.7)
  expect(text).not.toBe('')
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
