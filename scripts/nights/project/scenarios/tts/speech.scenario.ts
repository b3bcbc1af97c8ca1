// A voice: two sentences that it speaks, and one that it has never spoken as fast as is asked of it.
import { expect, test } from 'jarvis/scenario'

test('a sentence', async ({ tts }) => {
  const speech = await tts.speak('Good morning.')
  await expect(speech).toBeAudio({ minSeconds: 0.3, notSilent: true })
})

test('a longer sentence', async ({ tts }) => {
  const speech = await tts.speak('Good morning, it is a fine day.')
  await expect(speech).toBeAudio({ minSeconds: 0.6, notSilent: true })
})

test('in half a second', async ({ tts }) => {
  const { metrics } = await tts.speak('This sentence takes more than half a second.')
  expect(metrics.audio_seconds).toBeLessThan(0.5)
})
