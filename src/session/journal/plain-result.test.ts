import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultNumber } from '../../../test/fixtures/session/results.ts'
import { everyResult } from './result-shape.ts'
import { isPlainResult } from './plain-result.ts'

const result = { ...resultNumber(1), logs: [{ service: 'a', file: 'svc.log', from: 0, to: 9 }] }
const replied = {
  ...result,
  replies: [{ request: 'a1', reply: 'b2', temperature: 0, seed: null }],
  dropped_parameters: ['seed'],
}

test('what looks like a plain result at a glance is one by its shape', () => {
  expect(isPlainResult(result) && everyResult(result)).toBe(true)
  const value = fc.oneof(fc.constantFrom(undefined, null, NaN, 1.5, 'PASSED'), fc.jsonValue())
  expect(isPlainResult(replied) && everyResult(replied)).toBe(true)
  const names = fc.constantFrom(...Object.keys(replied), 'measures')
  fc.assert(
    fc.property(names, value, (name, by) => {
      const changed = { ...replied, [name]: by }
      // Whoever looks at a result looks at its domain as well.
      const isTaken = name !== 'domain' && isPlainResult(changed)
      expect(isTaken && !everyResult(changed)).toBe(false)
    }),
    { numRuns: 3_000, seed: 5 },
  )
})

test('a result without one of its members is none', () => {
  for (const name of Object.keys(result)) {
    const { [name as keyof typeof result]: _, ...rest } = result
    expect({
      name,
      plain: isPlainResult(rest) && name !== 'domain',
      shape: everyResult(rest),
    }).toEqual({
      name,
      plain: false,
      shape: false,
    })
  }
})
