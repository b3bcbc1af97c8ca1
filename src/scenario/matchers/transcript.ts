import { match } from '../../metrics/index.ts'
import { compareTranscripts, countsOf } from './compare-transcripts.ts'
import { keepMetrics, textOf, type Verdict } from './received.ts'
import type { TranscriptOptions } from './types.ts'

const DEFAULT_MIN_MATCH = 0.8

/** `expect(heard).toMatchTranscript(expected, { maxWer })`. */
export function toMatchTranscript(
  received: unknown,
  expected: string,
  options: TranscriptOptions = {},
): Verdict {
  const heard = textOf(received, 'toMatchTranscript')
  const { wer, cer, texts, verdict } = compareTranscripts(expected, heard, options)
  keepMetrics({
    wer: wer.rate,
    cer: cer.rate,
    wer_counts: countsOf(wer),
    cer_counts: countsOf(cer),
    ...texts,
  })
  return verdict
}

/** `expect(text).toBeSimilarTo(other, { min })`. */
export function toBeSimilarTo(
  received: unknown,
  expected: string,
  { min = DEFAULT_MIN_MATCH }: { min?: number } = {},
): Verdict {
  const text = textOf(received, 'toBeSimilarTo')
  const likeness = match(expected, text)
  keepMetrics({ match: likeness })
  const pass = likeness >= min
  return {
    pass,
    message: () =>
      `The match is ${Math.round(likeness * 1_000) / 1_000}, ${pass ? 'not below' : 'below'} ${min}`,
    actual: text,
    expected,
  }
}
