// A paragraph: its audio begins before it is complete, where it comes piece by piece, and is as long as its text.
import { expect, test } from 'jarvis/scenario'

const paragraph =
  'A person starts a plan before going to sleep. In the morning the results tell what broke and what ' +
  'became slower. Every number has one definition, and every failure leads to the lines of the log ' +
  'that belong to it. Nothing that was shown as done is ever lost.'

test('long_text', async ({ tts }) => {
  const { metrics } = await tts.speak(paragraph)
  expect(metrics.audio_seconds).toBeGreaterThan(8)
  expect(metrics.ttfa ?? 0).toBeLessThanOrEqual(metrics.tts_time)
})
