// French is spoken; the audio and the sentence are kept with the result.
import { attach, expect, test } from 'jarvis/scenario'

test('french', async ({ tts }) => {
  const text = 'Bonjour, demain il fera beau.'
  const speech = await tts.speak(text)
  await attach(new TextEncoder().encode(text), { name: 'sentence.txt' })
  await expect(speech).toBeAudio({ minSeconds: 0.5, notSilent: true })
})
