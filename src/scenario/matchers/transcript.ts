import { characterErrorRate, type ErrorRate, match, wordErrorRate } from '../../metrics/index.ts'
import { normalise } from '../../metrics/normalisers.ts'
import { alignedDiff } from './aligned-diff.ts'
import { keepMetrics, textOf, type Verdict } from './received.ts'
import type { TranscriptOptions } from './types.ts'

const DEFAULT_MIN_MATCH = 0.8

/** `expect(heard).toMatchTranscript(expected, { maxWer })`. */
export function toMatchTranscript(
  received: unknown,
  expected: string,
  { maxWer, maxCer, normalizer = 'basic' }: TranscriptOptions = {},
): Verdict {
  const heard = textOf(received, 'toMatchTranscript')
  const [reference, hypothesis] = [normalise(expected, normalizer), normalise(heard, normalizer)]
  const wer = wordErrorRate(reference, hypothesis)
  const cer = characterErrorRate(reference, hypothesis)
  keepMetrics({
    wer: wer.rate,
    cer: cer.rate,
    wer_counts: countsOf(wer),
    cer_counts: countsOf(cer),
    normalizer,
    transcript_expected: expected,
    transcript_heard: heard,
    transcript_expected_normalised: reference,
    transcript_heard_normalised: hypothesis,
  })
  const wordLimit = maxWer ?? (maxCer === undefined ? 0 : undefined)
  const faults = [
    ...over('WER', wer, wordLimit, normalizer),
    ...over('CER', cer, maxCer, normalizer),
  ]
  const pass = faults.length === 0
  const byWords = wordLimit !== undefined
  return {
    pass,
    message: () => {
      const diff = alignedDiff((byWords ? wer : cer).alignment, byWords ? ' ' : '')
      if (!pass) return `${faults.join('\n')}\n${diff}`
      return `The transcript was not to match, and does: WER ${round(wer.rate)}, CER ${round(cer.rate)}`
    },
  }
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
    message: () => `The match is ${round(likeness)}, ${pass ? 'not below' : 'below'} ${min}`,
    actual: text,
    expected,
  }
}

/** S, D, I, H, in this order. */
function countsOf({ substitutions, deletions, insertions, hits }: ErrorRate): number[] {
  return [substitutions, deletions, insertions, hits]
}

function over(
  name: string,
  error: ErrorRate,
  limit: number | undefined,
  normalizer: string,
): string[] {
  if (limit === undefined || error.rate <= limit) return []
  const { substitutions, deletions, insertions, hits } = error
  const counts = `S ${substitutions}, D ${deletions}, I ${insertions}, H ${hits}`
  return [`${name} ${round(error.rate)} is above ${limit} (${counts}; normalizer ${normalizer})`]
}

const round = (value: number): string => String(Math.round(value * 1_000) / 1_000)
