// A question in Polish, with a system prompt that asks for Polish: the spoken answer is Polish, too.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('polish_explicit', async ({ sts, service }) => {
  const { heard, text, metrics } = await sts.converse(recordingOf(service, 'polish'), {
    language: 'pl',
    system: 'Always answer in Polish.',
    maxTokens: 80,
  })
  expect(heard).toMatch(/stolic/i)
  expect(text).toMatch(/warszaw/i)
  expect(metrics.audio_seconds).toBeGreaterThan(0.3)
})
