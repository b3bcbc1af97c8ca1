// English speech: a sentence is heard well enough to be understood.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('english_std', async ({ stt, service }) => {
  const heard = await stt.transcribe(recordingOf(service, 'english'), { language: 'en' })
  expect(heard).toMatchTranscript('The quick brown fox jumps over the lazy dog.', { maxWer: 0.35 })
  expect(heard.metrics.audio_seconds).toBeGreaterThan(1)
})
