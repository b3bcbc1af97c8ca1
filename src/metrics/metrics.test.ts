import { describe, expect, it } from 'vitest'
import { latency, match, metricOf, metrics, normaliseBasic, percentile } from './index.ts'
import { editDistance, wordCount } from './text.ts'

describe('the catalogue', () => {
  it('names every metric once', () => {
    const keys = metrics.map((metric) => metric.key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(metricOf('ttft')).toMatchObject({ title: 'TTFT', unit: 's', better: 'lower' })
    expect(metricOf('made_up')).toBeUndefined()
  })
})

describe('latency', () => {
  it('follows the definitions for a streamed reply', () => {
    const reply = { chunks: [0.5, 0.75, 1.25], firstOutput: 0.75, end: 1.5, outputTokens: 5 }
    expect(latency(reply)).toEqual({
      ttft: 0.5,
      ttfo: 0.75,
      e2el: 1.5,
      tpot: 0.25,
      itl: [0.25, 0.5],
      itl_mean: 0.375,
      itl_p50: 0.375,
      itl_p99: expect.closeTo(0.4975, 6),
      tps: expect.closeTo(3.3333, 3),
    })
  })

  it('has no TTFT for a batch reply, and no rate without a token count', () => {
    expect(latency({ chunks: [], firstOutput: null, end: 2, outputTokens: null })).toEqual({
      ttft: null,
      ttfo: null,
      e2el: 2,
      tpot: null,
      itl: null,
      itl_mean: null,
      itl_p50: null,
      itl_p99: null,
      tps: null,
    })
  })

  it('has no TPOT for a single token', () => {
    const reply = { chunks: [0.5], firstOutput: 0.5, end: 1, outputTokens: 1 }
    expect(latency(reply)).toMatchObject({ tpot: null, tps: 1, itl: null })
  })

  it('interpolates percentiles as NumPy does', () => {
    expect(percentile([4, 1, 3, 2], 50)).toBe(2.5)
    expect(percentile([1], 99)).toBe(1)
    expect(percentile([], 50)).toBeNull()
  })
})

describe('text', () => {
  it('is normalised as Whisper does', () => {
    expect(normaliseBasic('  Zażółć, (laughs) GĘŚLĄ [noise] jaźń!  ')).toBe('zażółć gęślą jaźń')
  })

  it('matches by the share of characters that agree', () => {
    expect(match('The Test passed.', 'the test passed')).toBe(1)
    expect(match('kitten', 'sitting')).toBeCloseTo(1 - 3 / 7)
    expect(match('', '')).toBe(1)
    expect(match('something', '')).toBe(0)
  })

  it('counts edits', () => {
    expect(editDistance(Array.from('kitten'), Array.from('sitting'))).toBe(3)
    expect(editDistance(['a', 'b'], ['b'])).toBe(1)
  })
})

describe('words', () => {
  it('are runs of anything but what a pattern takes for white space, whichever it is', () => {
    const units = Array.from({ length: 0x1_00_00 }, (_, code) => String.fromCharCode(code))
    const wrong = units.filter(
      (unit) => wordCount(`a${unit}b`) !== `a${unit}b`.match(/\S+/gu)?.length,
    )
    expect(wrong).toEqual([])
    expect(['', ' ', ' a', 'a ', ' \n\t a\u3000b ', '😀 😀'].map(wordCount)).toEqual([
      0, 0, 1, 1, 2, 2,
    ])
  })
})
