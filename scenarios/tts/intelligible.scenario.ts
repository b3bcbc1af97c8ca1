// What is spoken can be understood: a recogniser, the second model of the loadout, hears the sentence (tts_wer).
import { expect, test } from 'jarvis/scenario'

const sentence = 'Turn on the light in the kitchen.'

test('intelligible', async ({ tts, stt, lease, skip }) => {
  if (lease.services.length < 2) skip('the loadout has no recogniser: list one after the voice')
  const speech = await tts.speak(sentence)
  await expect(speech).toBeHeardAs(sentence, {
    by: stt,
    language: 'en',
    maxWer: 0.3,
    normalizer: 'english',
  })
})
