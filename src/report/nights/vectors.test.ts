import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { meanInterval } from '../../metrics/distribution.ts'
import { bestLevel } from './change-points.ts'
import { nightLevels } from './levels.ts'
import { moderated, type Noise } from './noise.ts'
import { outcomeChance, type Outcomes, shareDifference } from './outcome-test.ts'
import { outliersOf } from './outliers.ts'
import { intervalOf, stepsOf } from './steps.ts'

// Made by scripts/night-vectors.py from NumPy and SciPy.
const vectors = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
) as Vectors

interface Span {
  low: number
  high: number
}

interface Vectors {
  intervals: ({ values: number[] } & Span)[]
  levels: { scenarios: (number | null)[][]; levels: number[] }[]
  outliers: { values: number[]; outliers: number[] }[]
  noise: { own: Noise[]; moderated: Noise[] }[]
  steps: ({ before: number[]; now: number[]; size: number; t: number; p: number } & Span)[]
  outcomes: { scenarios: Outcomes[]; chance: number }[]
  differences: ({ before: Part; now: Part; size: number } & Span)[]
  shifts: { values: number[]; from: number; to: number; chance: number }[]
}

type Part = Parameters<typeof shareDifference>[0]

test('the interval of repeats has the numbers of SciPy', () => {
  for (const { values, low, high } of vectors.intervals) {
    expect(meanInterval(values)).toEqual({
      low: expect.closeTo(low, 6),
      high: expect.closeTo(high, 6),
      level: 0.95,
      method: 'student_t',
    })
  }
})

test('levels of nights are those of least squares, also where scenarios are missing', () => {
  for (const { scenarios, levels } of vectors.levels) {
    expect(nightLevels(scenarios)).toEqual(levels.map((level): unknown => expect.closeTo(level, 8)))
  }
})

test("outliers are those of Rosner's procedure", () => {
  for (const { values, outliers } of vectors.outliers) {
    expect(outliersOf(values)).toEqual(outliers)
  }
  expect(vectors.outliers.some(({ outliers }) => outliers.length > 1)).toBe(true)
})

test("noise that is moderated has Smyth's prior, found by a root finder", () => {
  for (const { own, moderated: expected } of vectors.noise) {
    const found = moderated(own)
    for (const [at, one] of expected.entries()) {
      expect(found[at]!.variance / one.variance).toBeCloseTo(1, 9)
      expect(found[at]!.degreesOfFreedom).toBe(one.degreesOfFreedom)
    }
  }
})

test('a step has the size, t, chance and interval of SciPy', () => {
  for (const { before, now, size, t, p, low, high } of vectors.steps) {
    const [steps] = stepsOf([{ group: '', before, now, isSameKind: false, least: 0 }])
    const step = steps![now.length - 1]!
    expect(step.size).toBeCloseTo(size, 12)
    expect(step.t).toBeCloseTo(t, 9)
    expect(step.p).toBeCloseTo(p, 12)
    expect(intervalOf(step).low).toBeCloseTo(low, 12)
    expect(intervalOf(step).high).toBeCloseTo(high, 12)
  }
})

test('chances of failures are those of all ways in which they can fall, and of one scenario those of Fisher', () => {
  for (const { scenarios, chance } of vectors.outcomes) {
    expect(outcomeChance(scenarios).chance).toBeCloseTo(chance, 10)
  }
})

test('the difference of pass rates has the interval of Newcombe', () => {
  for (const { before, now, size, low, high } of vectors.differences) {
    const found = shareDifference(before, now)
    expect(found.size).toBeCloseTo(size, 12)
    expect(found.low).toBeCloseTo(low, 9)
    expect(found.high).toBeCloseTo(high, 9)
  }
})

test("the level that chance explains least is that of SciPy's t tests of all levels", () => {
  for (const { values, from, to, chance } of vectors.shifts) {
    const found = bestLevel(values)!
    expect([found.from, found.to]).toEqual([from, to])
    expect(found.chance).toBeCloseTo(chance, 9)
  }
})
