// Polish is spoken; the audio and the sentence are kept with the result.
import { attach, expect, test } from 'jarvis/scenario'

test('polish', async ({ tts }) => {
  const text = 'Zażółć gęślą jaźń.'
  const { metrics } = await tts.speak(text)
  await attach(new TextEncoder().encode(text), { name: 'sentence.txt' })
  expect(metrics.audio_seconds).toBeGreaterThan(0.5)
})
