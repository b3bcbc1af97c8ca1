// A sentence is spoken; the audio is kept with the result.
import { expect, test } from 'jarvis/scenario'

test('standard', async ({ tts }) => {
  const { metrics } = await tts.speak('The quick brown fox jumps over the lazy dog.')
  expect(metrics.audio_seconds).toBeGreaterThan(1)
  expect(metrics.audio_seconds).toBeLessThan(15)
})
