import { recogniserOf } from '../recogniser.ts'
import { compareTranscripts, countsOf } from './compare-transcripts.ts'
import { keepMetrics, mediaOf, nameOf, type Verdict } from './received.ts'
import type { HeardOptions } from './types.ts'

/** `await expect(speech).toBeHeardAs(text, { by: stt })`. */
export async function toBeHeardAs(
  received: unknown,
  expected: string,
  { by, language, ...options }: HeardOptions,
): Promise<Verdict> {
  const recogniser = recogniserOf(by)
  if (recogniser === undefined) {
    throw new TypeError(`toBeHeardAs takes the stt fixture as \`by\`, not ${nameOf(by)}.`)
  }
  const heard = await recogniser.hear(await mediaOf(received, 'toBeHeardAs'), language)
  const { wer, cer, texts, verdict } = compareTranscripts(expected, heard, options)
  keepMetrics({
    tts_wer: wer.rate,
    tts_cer: cer.rate,
    tts_wer_counts: countsOf(wer),
    tts_cer_counts: countsOf(cer),
    recogniser: recogniser.name,
    ...texts,
  })
  return {
    pass: verdict.pass,
    message: () => `${verdict.message()}\nheard by ${recogniser.name}`,
  }
}
