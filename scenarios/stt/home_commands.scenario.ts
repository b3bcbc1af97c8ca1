// Commands to a home: a recogniser need not get every word of them.
import { expect, match, measure, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

const commands = [
  ['kitchen', 'Turn on the light in the kitchen.'],
  ['window', 'Open the window.'],
] as const

test.for(commands)('%s', async ([name, sentence], { stt, service }) => {
  const { text, metrics } = await stt.transcribe(recordingOf(service, name), { language: 'en' })
  const similarity = match(sentence, text)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.7)
  expect(metrics.audio_seconds).toBeGreaterThan(0.5)
})
