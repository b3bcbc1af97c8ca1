// The stages of speech-to-speech follow each other, and each one takes its time.
import { expect, test } from 'jarvis/scenario'

test('stages', async ({ sts }) => {
  const { heard, metrics } = await sts.converse('media/greeting.wav', { maxTokens: 60 })
  const { stt_time, llm_time, tts_time, ttfa, e2el } = metrics
  expect(heard).toMatch(/hello/i)
  expect(Math.min(stt_time, llm_time, tts_time)).toBeGreaterThan(0)
  expect(ttfa).toBeGreaterThan(stt_time + llm_time)
  expect(e2el).toBeCloseTo(stt_time + llm_time + tts_time, 6)
})
