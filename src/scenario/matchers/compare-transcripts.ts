import { characterErrorRate, type ErrorRate, wordErrorRate } from '../../metrics/index.ts'
import { normalise } from '../../metrics/normalisers.ts'
import type { MetricValue } from '../recorder.ts'
import { alignedDiff } from './aligned-diff.ts'
import type { Verdict } from './received.ts'
import type { TranscriptOptions } from './types.ts'

/** How a transcript compares to what was expected. */
export interface Comparison {
  wer: ErrorRate
  cer: ErrorRate
  /** Both texts, raw and normalised, and the normaliser's name. */
  texts: Record<string, MetricValue>
  verdict: Verdict
}

/** Compares a transcript by words and characters, within limits. */
export function compareTranscripts(
  expected: string,
  heard: string,
  { maxWer, maxCer, normalizer = 'basic' }: TranscriptOptions,
): Comparison {
  const [reference, hypothesis] = [normalise(expected, normalizer), normalise(heard, normalizer)]
  const wer = wordErrorRate(reference, hypothesis)
  const cer = characterErrorRate(reference, hypothesis)
  const wordLimit = maxWer ?? (maxCer === undefined ? 0 : undefined)
  const faults = [
    ...over('WER', wer, wordLimit, normalizer),
    ...over('CER', cer, maxCer, normalizer),
  ]
  const pass = faults.length === 0
  const byWords = wordLimit !== undefined
  return {
    wer,
    cer,
    texts: {
      normalizer,
      transcript_expected: expected,
      transcript_heard: heard,
      transcript_expected_normalised: reference,
      transcript_heard_normalised: hypothesis,
    },
    verdict: {
      pass,
      message: () => {
        const diff = alignedDiff((byWords ? wer : cer).alignment, byWords ? ' ' : '')
        if (!pass) return `${faults.join('\n')}\n${diff}`
        const rates = `WER ${round(wer.rate)}, CER ${round(cer.rate)}`
        return `The transcript was not to match, and does: ${rates}`
      },
    },
  }
}

/** S, D, I, H, in this order. */
export function countsOf({ substitutions, deletions, insertions, hits }: ErrorRate): number[] {
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
