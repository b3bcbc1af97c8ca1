// French speech: a sentence is heard well enough to be understood.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('french_std', async ({ stt, service }) => {
  const heard = await stt.transcribe(recordingOf(service, 'french'), { language: 'fr' })
  expect(heard).toMatchTranscript('Bonjour, demain il fera beau.', { maxWer: 0.5 })
  expect(heard.metrics.audio_seconds).toBeGreaterThan(1)
})
