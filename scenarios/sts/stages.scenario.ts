// The stages of speech-to-speech follow each other, and each one takes its time.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('stages', async ({ sts, service }) => {
  const { heard, metrics } = await sts.converse(recordingOf(service, 'greeting'), { maxTokens: 60 })
  const { stt_time, llm_time, tts_time, ttfa, e2el } = metrics
  expect(heard).toMatch(/hello/i)
  expect(Math.min(stt_time, llm_time, tts_time)).toBeGreaterThan(0)
  // A program hands over its audio as a whole: nobody knows when it began to sound.
  expect(ttfa ?? e2el).toBeGreaterThan(stt_time + llm_time)
  expect(e2el).toBeCloseTo(stt_time + llm_time + tts_time, 6)
})
