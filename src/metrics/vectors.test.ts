import { describe, expect, it } from 'vitest'
import { distribution, passAtK } from './distribution.ts'
import { characterErrorRate, type ErrorRate, wordErrorRate } from './error-rate.ts'
import { latency } from './latency.ts'
import { normalise } from './normalisers.ts'
import spreads from './vectors/distributions.json' with { type: 'json' }
import errorRates from './vectors/error-rates.json' with { type: 'json' }
import latencies from './vectors/latencies.json' with { type: 'json' }
import normalised from './vectors/normalisers.json' with { type: 'json' }
import passes from './vectors/pass-at-k.json' with { type: 'json' }

const DIGITS = 9

/** As the reference lists them: rate, hits, substitutions, deletions, insertions. */
function listOf({ rate, hits, substitutions, deletions, insertions }: ErrorRate): number[] {
  return [rate, hits, substitutions, deletions, insertions]
}

describe('against vectors of the references (scripts/vectors.py)', () => {
  it('WER and CER have the rates and counts of jiwer 4', () => {
    for (const { reference, hypothesis, wer, cer } of errorRates) {
      const pair = { reference, hypothesis }
      expect({ ...pair, wer: listOf(wordErrorRate(reference, hypothesis)) }).toEqual({
        ...pair,
        wer: wer.map(close),
      })
      expect({ ...pair, cer: listOf(characterErrorRate(reference, hypothesis)) }).toEqual({
        ...pair,
        cer: cer.map(close),
      })
    }
    expect(errorRates.length).toBeGreaterThan(100)
  })

  it.each(['english', 'basic', 'basic-no-diacritics'] as const)(
    "the %s normaliser gives the texts of Whisper's",
    (name) => {
      const pairs = normalised[name] as [string, string][]
      expect(pairs.map(([text]) => [text, normalise(text, name)])).toEqual(pairs)
    },
  )

  it('TTFT, TPOT and ITL have the numbers of vLLM', () => {
    for (const { chunks, end, output_tokens, ...expected } of latencies) {
      const measured = latency({ chunks, end, outputTokens: output_tokens, firstOutput: null })
      expect(measured).toMatchObject(closeIn(expected))
    }
  })

  it('distributions have the numbers of NumPy', () => {
    for (const { values, ...expected } of spreads) {
      expect(distribution(values)).toMatchObject(closeIn(expected))
    }
  })

  it('pass@k has the numbers of its authors', () => {
    for (const [n = 0, c = 0, k = 0, expected = 0] of passes) {
      expect(passAtK(n, c, k)).toBeCloseTo(expected, DIGITS)
    }
  })
})

function close(value: number): unknown {
  return expect.closeTo(value, DIGITS)
}

function closeIn(numbers: Record<string, number | null>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(numbers).map(([key, value]) => [key, value === null ? null : close(value)]),
  )
}
