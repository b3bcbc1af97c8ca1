import { expect, test } from 'vitest'
import { median } from './speed-ratio.ts'
import { medianInterval, pooledMean, shareInterval } from './sure.ts'
import vectors from './vectors/sure.json' with { type: 'json' }

const DIGITS = 9

test('intervals of means, shares and medians are those of SciPy (scripts/speed-vectors.py)', () => {
  for (const { values, value, low, high } of vectors.means) {
    const found = pooledMean(values.map((y) => ({ y, x: 1 })))
    expect(found).toEqual({ value: close(value), interval: { low: close(low), high: close(high) } })
  }
  for (const [passed = 0, n = 0, low = 0, high = 0] of vectors.shares) {
    expect(shareInterval(passed, n)).toEqual({ low: close(low), high: close(high) })
  }
  for (const { values, interval } of vectors.medians) {
    const expected = interval && { low: close(interval.low), high: close(interval.high) }
    expect(medianInterval(values), `of ${values.length}`).toEqual(expected)
  }
  expect(vectors.medians.filter(({ interval }) => interval !== null).length).toBeGreaterThan(5)
})

test('an error rate pools its counts, and is as uncertain as its scenarios differ', () => {
  const long = { y: 10, x: 100 }
  const found = pooledMean([long, { y: 0, x: 10 }, { y: 2, x: 10 }])
  expect(found?.value).toBeCloseTo(0.1, 12)
  expect(found?.interval?.low).toBeLessThan(0.1)
  expect(pooledMean([long, long])).toEqual({ value: 0.1, interval: null })
  expect(pooledMean([long])).toEqual({ value: 0.1, interval: null })
  expect(pooledMean([{ y: 1, x: 0 }])).toBeNull()
  expect(pooledMean([])).toBeNull()
})

test('a share of nothing and a median of few have no interval', () => {
  expect(shareInterval(0, 0)).toBeNull()
  expect(medianInterval([1, 2, 3, 4, 5])).toBeNull()
  expect(medianInterval([])).toBeNull()
  expect(median([])).toBeNull()
})

function close(value: number): unknown {
  return expect.closeTo(value, DIGITS)
}
