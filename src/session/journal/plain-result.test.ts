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
const error = { message: 'no', stack: 'at x.ts:1:2', expected: '1', actual: '2' }
const failed = { ...result, status: 'FAILED', errors: [error], cause: 'failure-1f0c9a2e' }
const [log] = result.logs

test('what looks like a plain result at a glance is one by its shape', () => {
  expect(isPlainResult(result) && everyResult(result)).toBe(true)
  const value = fc.oneof(fc.constantFrom(undefined, null, NaN, 1.5, 'PASSED'), fc.jsonValue())
  expect(isPlainResult(replied) && everyResult(replied)).toBe(true)
  expect(isPlainResult(failed) && everyResult(failed)).toBe(true)
  const names = fc.constantFrom(...Object.keys(replied), 'measures', 'cause', 'part')
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

test('what its errors and logs hold is looked at', () => {
  for (const bad of [7, null, {}]) {
    const errors = Object.keys(error).map((name) => ({ errors: [{ ...error, [name]: bad }] }))
    const logs = [...Object.keys(log!), 'shared'].map((name) => ({
      logs: [{ ...log, [name]: bad }],
    }))
    for (const change of [...errors, ...logs]) {
      const changed = { ...failed, ...change }
      expect(isPlainResult(changed), JSON.stringify(change)).toBe(everyResult(changed))
    }
  }
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
