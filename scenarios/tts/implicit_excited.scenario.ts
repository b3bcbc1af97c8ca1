// Excitement that the words and marks alone tell; listen to the audio that is kept with the result.
import { expect, test } from 'jarvis/scenario'

test('implicit_excited', async ({ tts }) => {
  const speech = await tts.speak('We won! I can not believe it, we actually won!')
  await expect(speech).toBeAudio({ minSeconds: 1, notSilent: true })
  expect(speech.metrics.audio_seconds).toBeLessThan(15)
})
