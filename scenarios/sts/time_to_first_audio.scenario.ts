// How long a person waits until the answer begins to sound, and that it begins before all of it is there.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('time_to_first_audio', async ({ sts, service }) => {
  const { metrics } = await sts.converse(recordingOf(service, 'capital'), {
    language: 'en',
    maxTokens: 60,
  })
  expect(metrics.ttfa ?? 0).toBeLessThanOrEqual(metrics.e2el)
  expect(metrics.e2el).toBeGreaterThan(0)
})
