// Excitement that is asked for in brackets, as some models take it; others read the word out, which is heard.
import { expect, test } from 'jarvis/scenario'

test('explicit_excited', async ({ tts }) => {
  const speech = await tts.speak('[excited] The train is coming, hurry up!')
  await expect(speech).toBeAudio({ minSeconds: 1, notSilent: true })
  expect(speech.metrics.audio_seconds).toBeLessThan(15)
})
