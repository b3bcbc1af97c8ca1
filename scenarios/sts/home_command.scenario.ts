// A spoken command gets a spoken answer.
import { expect, match, measure, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('home_command', async ({ sts, service }) => {
  const { heard, text, metrics } = await sts.converse(`../stt/${recordingOf(service, 'kitchen')}`, {
    language: 'en',
    maxTokens: 40,
  })
  const similarity = match('Turn on the light in the kitchen.', heard)
  measure('match', similarity)
  expect(similarity).toBeGreaterThan(0.7)
  expect(text).not.toBe('')
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
