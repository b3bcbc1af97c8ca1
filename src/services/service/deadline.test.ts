import { afterEach, expect, test, vi } from 'vitest'
import { service, supervise, target } from '../../../test/support/services.ts'

afterEach(() => void vi.restoreAllMocks())

test.each([
  ['the plan’s seconds', undefined, 600],
  ['those of its definition', 45, 45],
  ['a fraction of a second more than some', 2.3, 2.3],
])('a service has %s to become ready', async (_, own, seconds) => {
  const asked = vi.spyOn(AbortSignal, 'timeout')
  const ready = { port: true as const, ...(own !== undefined && { timeout: own }) }
  const { supervisor } = supervise([service('a', [], { ready })], { startup_timeout: 600 })
  await supervisor.acquire(target('native://a'))
  expect(asked).toHaveBeenCalledWith(Math.round(seconds * 1_000))
  await supervisor.stop()
})

test('a time that no timer holds is the longest that one does', async () => {
  const asked = vi.spyOn(AbortSignal, 'timeout')
  const { supervisor } = supervise([service('a')], { startup_timeout: 1e9 })
  await supervisor.acquire(target('native://a'))
  expect(Math.max(...asked.mock.calls.map(([most]) => most))).toBe(2 ** 31 - 1)
  await supervisor.stop()
})
