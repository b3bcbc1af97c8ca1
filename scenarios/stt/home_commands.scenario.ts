// Commands to a home, spoken by espeak-ng: for real recognisers, which need not get every word.
import { expect, match, measure, test } from 'jarvis/scenario'

const commands = [
  ['kitchen', 'Turn on the light in the kitchen.'],
  ['window', 'Open the window.'],
] as const

test.for(commands)('%s', async ([name, sentence], { stt }) => {
  const { text, metrics } = await stt.transcribe(`media/${name}.wav`, { language: 'en' })
  const similarity = match(sentence, text)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.7)
  expect(metrics.audio_seconds).toBeGreaterThan(0.5)
})
