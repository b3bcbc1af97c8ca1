import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JarvisError } from '../errors.ts'
import { parsePlan } from './parse.ts'

test('no text makes it throw anything but a JarvisError', () => {
  const words =
    'name execution settings services domain llm loadouts scenarios env command ready <<'.split(' ')
  const values = 'sim://a __proto__ constructor null ~ .inf 0x1 &a *a | > # ? !!set %TAG'.split(' ')
  const marks = [
    ...': ,\n,\n  ,\n- ,[,],{,},",\',${,},$${,---\n,...\n,\t,\r\n'.split(','),
    ', ',
    '\u0000',
  ]
  const fragments = fc.constantFrom(...words, ...values, ...marks)
  const text = fc.oneof(
    fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.json().map((json) => `name: x\nexecution: ${json}`),
    fc.json().map((json) => `name: x\nservices: ${json}\nexecution: []`),
  )
  const property = fc.property(text, (given) => {
    const thrown = thrownBy(() => parsePlan(given, 'x.yaml', { env: {} }))
    expect(thrown === null || thrown instanceof JarvisError).toBe(true)
  })
  fc.assert(property, { numRuns: 1_000 })
  expect.assertions(1_000)
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
    return null
  } catch (error) {
    return error
  }
}
