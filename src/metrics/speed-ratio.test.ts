import { describe, expect, it } from 'vitest'
import { median, speedRatio } from './speed-ratio.ts'
import { studentChance, studentQuantile } from './student-t.ts'
import ratios from './vectors/speed-ratios.json' with { type: 'json' }
import student from './vectors/student-t.json' with { type: 'json' }

/** As good as two implementations in double precision agree. */
const RELATIVE = 1e-11

describe('against vectors of SciPy (scripts/speed-vectors.py)', () => {
  it("Student's quantiles and chances are those of SciPy", () => {
    for (const [p = 0, degrees = 0, expected = 0] of student.quantiles) {
      expectClose(studentQuantile(p, degrees), expected, `quantile ${p} at ${degrees}`)
    }
    for (const [t = 0, degrees = 0, expected = 0] of student.chances) {
      expectClose(studentChance(t, degrees), expected, `chance of ${t} at ${degrees}`)
    }
    expect(student.quantiles.length + student.chances.length).toBeGreaterThan(200)
  })

  it('speed ratios and their intervals are those of SciPy', () => {
    for (const { pairs, ratio, interval } of ratios) {
      const found = speedRatio(pairs)
      expect(found?.n).toBe(pairs.length)
      expectClose(found?.ratio ?? 0, ratio, `ratio of ${pairs.length}`)
      expect(found?.interval === null).toBe(interval === null)
      expectClose(found?.interval?.low ?? 0, interval?.low ?? 0, `low of ${pairs.length}`)
      expectClose(found?.interval?.high ?? 0, interval?.high ?? 0, `high of ${pairs.length}`)
    }
  })
})

describe('a speed ratio', () => {
  it('is the geometric mean: twice as fast and half as fast are as fast', () => {
    const twiceAndHalf = [
      { from: 10, to: 20 },
      { from: 60, to: 30 },
    ]
    expect(speedRatio(twiceAndHalf)?.ratio).toBeCloseTo(1, 12)
  })

  it('is turned round where what is compared changes places', () => {
    const pairs = [
      { from: 48, to: 44 },
      { from: 8, to: 20 },
    ]
    const turned = speedRatio(pairs.map(({ from, to }) => ({ from: to, to: from })))
    expect(turned?.ratio).toBeCloseTo(1 / (speedRatio(pairs)?.ratio ?? 0), 12)
  })

  it('has no interval of one scenario, and is unknown of none', () => {
    expect(speedRatio([{ from: 2, to: 4 }])).toEqual({ ratio: 2, n: 1, interval: null })
    expect(speedRatio([])).toBeNull()
  })

  it('does not count a scenario whose number is 0, negative or unknown', () => {
    const pairs = [
      { from: 0, to: 5 },
      { from: 5, to: -1 },
      { from: Number.NaN, to: 5 },
      { from: 1, to: Number.POSITIVE_INFINITY },
    ]
    expect(speedRatio(pairs)).toBeNull()
    expect(speedRatio([...pairs, { from: 2, to: 4 }])).toMatchObject({ ratio: 2, n: 1 })
  })
})

it("Student's distribution is not asked for what it does not have", () => {
  expect(() => studentQuantile(1, 4)).toThrow(RangeError)
  expect(() => studentQuantile(0.9, 0)).toThrow(RangeError)
  expect(() => studentChance(1, 2.5)).toThrow(RangeError)
})

it('the median of an even count lies between the two in the middle, and there is none of nothing', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeNull()
})

function expectClose(found: number, expected: number, about: string): void {
  const scale = Math.max(Math.abs(expected), Number.MIN_VALUE)
  const apart = expected === 0 ? Math.abs(found) : Math.abs(found - expected) / scale
  expect(apart, `${about}: ${found}, not ${expected}`).toBeLessThan(RELATIVE)
}
