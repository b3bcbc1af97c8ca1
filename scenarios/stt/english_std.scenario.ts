// English speech. The recording is the embedded engine's speech: for a real recogniser put a voice in its place.
import { expect, match, measure, test } from 'jarvis/scenario'

test('english_std', async ({ stt }) => {
  const { text, metrics } = await stt.transcribe('media/english.wav', { language: 'en' })
  const similarity = match('The quick brown fox jumps over the lazy dog.', text)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.9)
  expect(metrics.audio_seconds).toBeGreaterThan(1)
})
