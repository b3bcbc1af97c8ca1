// Numbers, units and abbreviations: what is written short is not spoken short.
import { expect, test } from 'jarvis/scenario'

test('numbers', async ({ tts }) => {
  const { metrics } = await tts.speak('Dr. Smith paid $1,299.99 on 3 May 2026 at 7:45 p.m.')
  expect(metrics.audio_seconds).toBeGreaterThan(2)
  expect(metrics.audio_seconds).toBeLessThan(30)
})
