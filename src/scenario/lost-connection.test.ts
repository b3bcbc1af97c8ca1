import { expect, test } from 'vitest'
import { tellsOfLoss } from './lost-connection.ts'

test('a connection that broke is told by the message or the code of an error or of a cause', () => {
  const refused = { message: 'connect', code: 'ECONNREFUSED' }
  expect(tellsOfLoss({ message: 'read ECONNRESET' })).toBe(true)
  expect(tellsOfLoss({ message: 'fetch failed', cause: { message: '', cause: refused } })).toBe(
    true,
  )
  expect(tellsOfLoss({ message: 'expected 1 to be 2' })).toBe(false)
})

test('what is no text tells nothing, and neither does an error that causes itself', () => {
  const circular: Record<string, unknown> = { message: 'round' }
  circular['cause'] = circular
  const bare: unknown = Object.create(null)
  for (const error of [{ message: {}, code: bare }, { message: bare }, circular, null, 'text']) {
    expect(tellsOfLoss(error)).toBe(false)
  }
})
