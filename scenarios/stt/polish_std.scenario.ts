// Polish speech: a sentence is heard well enough to be understood.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('polish_std', async ({ stt, service }) => {
  const heard = await stt.transcribe(recordingOf(service, 'polish'), { language: 'pl' })
  expect(heard).toMatchTranscript('Dzień dobry, jutro będzie ładna pogoda.', { maxWer: 0.5 })
  expect(heard.metrics.audio_seconds).toBeGreaterThan(1)
})
