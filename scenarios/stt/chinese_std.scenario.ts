// Chinese speech, measured by characters. A synthetic voice is hard to hear: half of them will do.
import { expect, test } from 'jarvis/scenario'
import { recordingOf } from '../recordings.ts'

test('chinese_std', async ({ stt, service }) => {
  const heard = await stt.transcribe(recordingOf(service, 'chinese'), { language: 'zh' })
  expect(heard).toMatchTranscript('你好，今天天气很好。', { maxCer: 0.5 })
  expect(heard.metrics.audio_seconds).toBeGreaterThan(1)
})
