// Chinese is spoken; the audio and the sentence are kept with the result.
import { attach, expect, test } from 'jarvis/scenario'

test('chinese', async ({ tts }) => {
  const text = '你好，今天天气很好。'
  const speech = await tts.speak(text)
  await attach(new TextEncoder().encode(text), { name: 'sentence.txt' })
  await expect(speech).toBeAudio({ minSeconds: 0.5, notSilent: true })
})
