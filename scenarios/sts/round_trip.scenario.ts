// What text-to-speech says, speech-to-text hears.
import { expect, match, measure, test } from 'jarvis/scenario'

const sentences = ['Turn off the television in the garden.', 'Close the door.', 'Good morning.']

test.for(sentences)('%s', async (sentence, { tts, stt }) => {
  const { audio } = await tts.speak(sentence)
  const { text } = await stt.transcribe(audio, { language: 'en' })
  const similarity = match(sentence, text)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.7)
})
