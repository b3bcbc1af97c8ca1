// Polish speech. The recording is the embedded engine's speech: for a real recogniser put a voice in its place.
import { expect, match, measure, test } from 'jarvis/scenario'

test('polish_std', async ({ stt }) => {
  const { text } = await stt.transcribe('media/polish.wav', { language: 'pl' })
  const similarity = match('Zażółć gęślą jaźń.', text)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.9)
})
