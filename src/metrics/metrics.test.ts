import { describe, expect, it } from 'vitest'
import {
  latency,
  match,
  metricOf,
  metrics,
  normaliseBasic,
  percentile,
  wavSeconds,
} from './index.ts'
import { editDistance } from './text.ts'
import { readWavFormat } from './wav.ts'

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

describe('WAV', () => {
  const second = wav(16_000, 32_000)

  it('is measured by its samples', () => {
    expect(wavSeconds(second)).toBe(1)
    expect(readWavFormat(second)).toMatchObject({ channels: 1, sampleRate: 16_000, dataOffset: 44 })
  })

  it('is measured although it was streamed with an unknown length', () => {
    expect(wavSeconds(wav(16_000, 32_000, 0xffff_ffff))).toBe(1)
    expect(wavSeconds(wav(16_000, 32_000, 0))).toBe(1)
  })

  it('does not believe a header that promises more than there is', () => {
    expect(wavSeconds(wav(16_000, 16_000, 32_000))).toBe(0.5)
  })

  it('skips chunks that stand before the samples', () => {
    const list = Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(4)])
    const extended = Buffer.concat([second.subarray(0, 36), list, second.subarray(36)])
    expect(wavSeconds(extended)).toBe(1)
  })

  it('is null for what is no WAV', () => {
    expect(wavSeconds(Buffer.from('ID3 something'))).toBeNull()
    expect(wavSeconds(second.subarray(0, 30))).toBeNull()
    expect(wavSeconds(Buffer.alloc(0))).toBeNull()
  })
})

function wav(rate: number, samplesLength: number, said = samplesLength): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(0xffff_ffff, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(said, 40)
  return Buffer.concat([header, Buffer.alloc(samplesLength)])
}
