import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distribution, meanInterval, passAtK, passHatK } from './distribution.ts'
import {
  align,
  characterErrorRate,
  type EditCounts,
  pooledErrorRate,
  wordErrorRate,
} from './error-rate.ts'
import { normalise, type NormaliserName } from './normalisers.ts'
import { realTimeFactors } from './speech.ts'
import { editDistance, match } from './text.ts'

const RUNS = { numRuns: 200 }
const text = fc.string({ unit: 'binary', maxLength: 60 })
const words = fc.array(fc.constantFrom('a', 'b', 'c', 'ź', '你'), { maxLength: 12 })

describe('error rates', () => {
  it('are 0 for equal texts of any Unicode', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(wordErrorRate(one, one).rate).toBe(0)
        expect(characterErrorRate(one, one).rate).toBe(0)
      }),
      RUNS,
    )
  })

  it('count the same edits in both directions: deletions become insertions', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const there = wordErrorRate(a.join(' '), b.join(' '))
        const back = wordErrorRate(b.join(' '), a.join(' '))
        expect(edits(there)).toBe(edits(back))
        expect(there.deletions - there.insertions).toBe(back.insertions - back.deletions)
      }),
      RUNS,
    )
  })

  it('account for every item once, at the cost of the edit distance', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const steps = align(a, b)
        expect(steps.flatMap(({ reference }) => reference ?? [])).toEqual(a)
        expect(steps.flatMap(({ hypothesis }) => hypothesis ?? [])).toEqual(b)
        expect(steps.filter(({ kind }) => kind !== 'H')).toHaveLength(editDistance(a, b))
      }),
      RUNS,
    )
  })

  it('of texts too long for one piece have the same cost', () => {
    const letters = (seed: number) =>
      Array.from({ length: 3_000 }, (_, index) => 'abcd'[(index * index * seed + (index >> 3)) % 4])
    const [a, b] = [letters(3), letters(7).slice(40)]
    const steps = align(a, b)
    expect(steps.filter(({ kind }) => kind !== 'H')).toHaveLength(editDistance(a, b))
    expect(steps.flatMap(({ reference }) => reference ?? [])).toEqual(a)
    expect(steps.flatMap(({ hypothesis }) => hypothesis ?? [])).toEqual(b)
  })

  it('over characters lie between 0 and the longer length over the reference', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const { rate } = characterErrorRate(a, b)
        const [reference, hypothesis] = [Array.from(a.trim()).length, Array.from(b.trim()).length]
        const bound = reference === 0 ? hypothesis : Math.max(reference, hypothesis) / reference
        expect(rate).toBeGreaterThanOrEqual(0)
        expect(rate).toBeLessThanOrEqual(bound)
      }),
      RUNS,
    )
  })

  it('pool counts instead of averaging rates', () => {
    const long = wordErrorRate('a b c d e f g h i j', 'a b c d e f g h i j')
    const short = wordErrorRate('a', 'b')
    expect(pooledErrorRate([long, short])).toBeCloseTo(1 / 11)
    expect(pooledErrorRate([wordErrorRate('', 'thank you')])).toBe(2)
    expect(pooledErrorRate([])).toBeNull()
  })
})

describe('normalisers', () => {
  it.each<NormaliserName>(['english', 'basic', 'basic-no-diacritics'])(
    '%s takes any Unicode and leaves single spaces',
    (name) => {
      fc.assert(
        fc.property(text, (one) => {
          expect(normalise(one, name)).not.toMatch(/^\s|\s$|\s\s/u)
        }),
        RUNS,
      )
    },
  )

  it('give a match between 0 and 1', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(match(a, b)).toBeGreaterThanOrEqual(0)
        expect(match(a, b)).toBeLessThanOrEqual(1)
        expect(match(a, a)).toBe(1)
      }),
      RUNS,
    )
  })
})

describe('repeats', () => {
  it('have pass^k below the pass rate and pass@k above it', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 20 }), (failed, passed, k) => {
        const n = passed + failed
        fc.pre(k <= n)
        expect(passHatK(n, passed, k)).toBeLessThanOrEqual(passed / n + 1e-12)
        expect(passAtK(n, passed, k)).toBeGreaterThanOrEqual(passed / n - 1e-12)
      }),
      RUNS,
    )
    expect(passAtK(3, 3, 4)).toBeNull()
    expect(passHatK(3, 3, 0)).toBeNull()
    expect(passHatK(4, 2, 2)).toBeCloseTo(1 / 6)
  })

  it("have Student's interval around the mean from five values on", () => {
    const numbers = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), {
      minLength: 5,
      maxLength: 12,
    })
    fc.assert(
      fc.property(numbers, (values) => {
        const { mean = 0, interval = null } = distribution(values) ?? {}
        expect(interval?.low).toBeLessThanOrEqual(mean + 1e-9)
        expect(interval?.high).toBeGreaterThanOrEqual(mean - 1e-9)
        expect(meanInterval(values)).toEqual(interval)
      }),
      { numRuns: 20 },
    )
    expect(meanInterval([1, 2, 3, 4])).toBeNull()
    expect(distribution([])).toBeNull()
  })
})

describe('real-time factors', () => {
  it('divide the sums of several files', () => {
    const files = [
      { processing: 1, audio: 10 },
      { processing: 3, audio: 2 },
    ]
    expect(realTimeFactors(files)).toEqual({ rtf: 4 / 12, rtfx: 3 })
    expect(realTimeFactors([...files, { processing: 1, audio: null }])).toEqual({
      rtf: null,
      rtfx: null,
    })
    expect(realTimeFactors([{ processing: 1, audio: 0 }])).toEqual({ rtf: null, rtfx: null })
  })
})

function edits({ substitutions, deletions, insertions }: EditCounts): number {
  return substitutions + deletions + insertions
}
