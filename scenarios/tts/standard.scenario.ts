// A sentence is spoken, audibly and at a usual pace; the audio is kept with the result.
import { expect, test } from 'jarvis/scenario'

test('standard', async ({ tts }) => {
  const speech = await tts.speak('The quick brown fox jumps over the lazy dog.')
  await expect(speech).toBeAudio({ minSeconds: 1, notSilent: true })
  expect(speech.metrics.audio_seconds).toBeLessThan(15)
})
