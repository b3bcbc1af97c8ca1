// Noise of a tenth of the speech's power: the sentence is still understood.
import { expect, test } from 'jarvis/scenario'
import { recordingOf, withNoise } from '../recordings.ts'

const DECIBELS = 10

test('noise', async ({ stt, service }) => {
  const file = new URL(recordingOf(service, 'english'), import.meta.url)
  const heard = await stt.transcribe(await withNoise(file, DECIBELS), { language: 'en' })
  expect(heard).toMatchTranscript('The quick brown fox jumps over the lazy dog.', { maxWer: 0.5 })
})
