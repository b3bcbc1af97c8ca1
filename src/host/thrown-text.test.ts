import { expect, test } from 'vitest'
import { thrownText } from './thrown-text.ts'

test.each([
  [{ message: 'it broke' }, 'it broke'],
  [
    { message: 'it broke', cause: { message: 'the disk is full' } },
    'it broke (cause: the disk is full)',
  ],
  [{ message: 'it broke: full', cause: { message: 'full' } }, 'it broke: full'],
  [{ message: 'it broke', cause: 'a text' }, 'it broke (cause: a text)'],
  [{ message: 'it broke', cause: { message: {} } }, 'it broke (cause: {})'],
  [{ message: { a: 1 }, stack: 5 }, '{"a":1}'],
  [{ message: 5 }, '5'],
  [{ message: ['a'] }, '["a"]'],
  [
    { code: 'ECONNREFUSED', detail: 'nobody', stacks: [] },
    '{"code":"ECONNREFUSED","detail":"nobody"}',
  ],
  [{ name: 'TypeError', message: '', constructor: 'Function<TypeError>' }, 'TypeError'],
  [{ name: 4 }, 'The test failed without a message'],
  [{ VITEST_TEST_PATH: '/a' }, 'The test failed without a message'],
  [null, 'null'],
  ['a text', 'a text'],
])('%j says %j', (thrown, text) => {
  expect(thrownText(thrown)).toBe(text)
})

test('an error that causes itself and an object of any size give a text of some length', () => {
  const circular: Record<string, unknown> = { message: 'round' }
  circular['cause'] = circular
  expect(thrownText(circular)).toBe('round')
  expect(thrownText({ body: 'x'.repeat(10_000) })).toHaveLength(2_001)
})
