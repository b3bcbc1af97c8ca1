import { expect, test } from 'vitest'
import { flagText, doubtsOf } from '../report/doubts.ts'
import { formatOf } from '../report/xlsx/units.ts'
import { floorOf, measureOf } from '../report/compare/measure.ts'
import { describedAs } from '../metrics/speed-keys.ts'
import { programHint } from '../services/engines/program-hints.ts'
import { own } from './own.ts'

const NAMES = ['toString', 'constructor', 'hasOwnProperty', 'valueOf', '__proto__', 'isPrototypeOf']

test.for(NAMES)('%s is what a record has only where somebody has put it there', (name) => {
  expect(own({ a: 1 }, name)).toBeUndefined()
  expect(own(undefined, name)).toBeUndefined()
  expect(own(Object.fromEntries([[name, 1]]), name)).toBe(1)
})

test.for(NAMES)('a flag, a unit, a measure or a program that is called %s is unknown', (name) => {
  expect(flagText({ flag: name, results: 1, metrics: [] }, 1)).toMatch(
    'A flag of its own scenario.',
  )
  expect(doubtsOf('ttft', [name])).toEqual([])
  expect(formatOf(name)).toBe('general')
  expect(describedAs(name, {})).toBeUndefined()
  expect(measureOf(name, {})).toBeNull()
  const measure = { title: 'x', unit: name, better: 'lower' } as const
  expect(floorOf(measureOf(name, Object.fromEntries([[name, measure]]))!)).toBe(0)
  expect(programHint(name)).toBe('install it, or give the path of it in the command of the service')
})
