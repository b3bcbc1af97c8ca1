import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mangledRows } from '../../../test/support/mangled-rows.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { everyResult } from '../../session/journal/result-shape.ts'
import { asResult } from './result-shape.ts'

test('whatever a part of a row is, readers get a result', () => {
  const rows = mangledRows()
  expect(rows.length).toBeGreaterThan(500)
  const wrong = rows.filter((row) => !everyResult(asResult(row, 'llm')))
  expect(wrong).toEqual([])
})

test('any object of a file becomes a result', () => {
  const names = fc.constantFrom(
    'id',
    'name',
    'metrics',
    'attachments',
    'errors',
    'logs',
    '__proto__',
  )
  const rows = fc.dictionary(fc.oneof(names, fc.string()), fc.jsonValue())
  const property = fc.property(rows, (row) => {
    const read = JSON.parse(JSON.stringify(row)) as Record<string, unknown>
    expect(everyResult(asResult(read, 'stt'))).toBe(true)
  })
  fc.assert(property, { numRuns: 500 })
  expect.assertions(500)
})

test('a row that is as it should be stays as it is', () => {
  const row = { ...storyResult(STORY_LOADOUTS[0]!, 'chat'), added: 'by a later version' }
  expect(asResult(row, 'llm')).toBe(row)
})

test('attachments that are texts are paths of files', () => {
  const row = { ...storyResult(STORY_LOADOUTS[0]!, 'chat'), attachments: ['attachments/a.wav', 5] }
  expect(asResult(row, 'llm').attachments).toEqual([
    { name: 'attachments/a.wav', type: '', file: 'attachments/a.wav' },
  ])
})

test('numbers too large for a number are not known', () => {
  const text =
    '{"name":"chat","duration":1e999,"ttft":1e999,"metrics":{"tps":1e999,"itl":[1,1e999]}}'
  const read = asResult(JSON.parse(text) as Record<string, unknown>, 'llm')
  expect(read).toMatchObject({ duration: null, metrics: { tps: null } })
  expect(Object.keys(read.metrics)).toEqual(['tps'])
})
