import { expect, test } from 'vitest'
import { claimAddress } from './machine-claim.ts'

test('the machine is claimed by a name without a file where the system has such names, of one form on each', () => {
  const env = {}
  expect(claimAddress(env, 'linux')).toMatch(/^\0jarvis-run-[0-9a-f]{32}$/)
  expect(claimAddress(env, 'win32')).toMatch(/^\\\\\.\\pipe\\jarvis-run-[0-9a-f]{32}$/)
  // There the lock is a file alone.
  expect(claimAddress(env, 'darwin')).toBeNull()
  expect(claimAddress({ XDG_RUNTIME_DIR: '/somewhere' }, 'win32')).not.toBe(
    claimAddress(env, 'win32'),
  )
})
