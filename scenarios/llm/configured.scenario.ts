// A plain Vitest test: it needs no fixture, and the loadout is up all the same.
import { expect, inject, test } from 'vitest'

test('configured', () => {
  expect(inject('jarvisProject')).not.toBe('')
})
