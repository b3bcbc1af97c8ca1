import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partition } from './partition.ts'

const longestOf = (weights: readonly number[], parts: readonly number[][]): number =>
  Math.max(...parts.map((part) => part.reduce((sum, place) => sum + weights[place]!, 0)))

test('what longest first alone would divide badly is divided evenly', () => {
  const weights = [5, 5, 4, 4, 3, 3, 3]
  const parts = partition(weights, 3)
  expect(parts.map((part) => part.map((place) => weights[place]))).toEqual([
    [5, 4],
    [5, 4],
    [3, 3, 3],
  ])
})

test('parts for which there is nothing are there, last and empty', () => {
  expect(partition([7, 1], 4)).toEqual([[0], [1], [], []])
  expect(partition([], 2)).toEqual([[], []])
  expect(partition([0, 0], 1)).toEqual([[0, 1]])
})

const cases = fc.record({
  weights: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 9 }),
  parts: fc.integer({ min: 1, max: 4 }),
})

test('every piece is in one part, and the longest part is as short as any division makes it', () => {
  fc.assert(
    fc.property(cases, ({ weights, parts }) => {
      const divided = partition(weights, parts)
      expect(divided).toHaveLength(parts)
      expect(divided.flat().toSorted((a, b) => a - b)).toEqual(weights.map((_, place) => place))
      expect(longestOf(weights, divided)).toBe(leastOfAll(weights, parts))
    }),
    { numRuns: 60 },
  )
})

test('a thousand pieces on 64 parts are within a tenth of the least that is possible', () => {
  const weights = Array.from({ length: 1_000 }, (_, place) => 20 + ((place * 7_919) % 997) ** 1.3)
  const bound = Math.max(weights.reduce((sum, weight) => sum + weight, 0) / 64, ...weights)
  expect(longestOf(weights, partition(weights, 64)) / bound).toBeLessThan(1.1)
})

/** Every division there is. */
function leastOfAll(weights: readonly number[], parts: number): number {
  const sums = Array.from({ length: parts }, () => 0)
  let least = Infinity
  const place = (at: number): void => {
    if (at === weights.length) least = Math.min(least, Math.max(...sums))
    else
      for (let part = 0; part < parts; part += 1) {
        sums[part]! += weights[at]!
        place(at + 1)
        sums[part]! -= weights[at]!
      }
  }
  place(0)
  return least
}
