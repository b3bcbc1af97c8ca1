// A second of silence: nothing was said, so nothing may be heard.
import { expect, normaliseBasic, test } from 'jarvis/scenario'

test('silence', async ({ stt }) => {
  const { text } = await stt.transcribe('media/silence.wav')
  expect(normaliseBasic(text)).toBe('')
})
