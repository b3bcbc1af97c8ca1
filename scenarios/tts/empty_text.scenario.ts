// Nothing to say: the service refuses in order or is silent for a moment, and speaks again afterwards.
import { expect, ServiceError, test } from 'jarvis/scenario'

test('empty_text', async ({ tts }) => {
  const nothing = await tts.speak('').catch((error: unknown) => {
    if (error instanceof ServiceError) return null
    throw error
  })
  expect(nothing?.metrics.audio_seconds ?? 0).toBeLessThan(3)
  const { metrics } = await tts.speak('Ready again.')
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
