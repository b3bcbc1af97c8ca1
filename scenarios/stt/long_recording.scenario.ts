// A minute of speech with pauses: nothing is lost in the middle, as where a recogniser cuts at 30 seconds.
import { expect, measure, test } from 'jarvis/scenario'
import { recordingOf, repeated } from '../recordings.ts'

const TIMES = 16
const PAUSE_S = 1

test('long_recording', async ({ stt, service }) => {
  const file = new URL(recordingOf(service, 'english'), import.meta.url)
  const audio = await repeated(file, TIMES, PAUSE_S)
  const { text, metrics } = await stt.transcribe(audio, { language: 'en' })
  const heard = text.match(/\bfox\b/gi)?.length ?? 0
  measure('match', heard / TIMES)
  expect(metrics.audio_seconds).toBeGreaterThan(50)
  expect(heard).toBeGreaterThanOrEqual(TIMES * 0.7)
  expect(heard).toBeLessThanOrEqual(TIMES * 1.3)
})
