import { expect, test } from 'vitest'
import { valueText } from './value-text.ts'

test('any value has a text', () => {
  const circular: Record<string, unknown> = { a: 1, same: { b: 2n } }
  circular['self'] = circular
  circular['again'] = circular['same']
  const throwing = {
    toJSON: () => {
      throw new Error('no')
    },
  }
  const values = ['as it is', 5, undefined, null, Symbol('s'), 5n, { a: [1] }, circular, throwing]
  expect(values.map(valueText)).toEqual([
    'as it is',
    '5',
    'undefined',
    'null',
    'Symbol(s)',
    '5',
    '{"a":[1]}',
    '{"a":1,"same":{"b":"2"},"self":"[Circular]","again":{"b":"2"}}',
    '[object Object]',
  ])
  expect(valueText(Object.create(null))).toBe('{}')
})
