import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => vi.resetModules())
afterEach(() => vi.doUnmock('vitest/node'))

const poolName = async (): Promise<string> => {
  const { sparePool } = await import('./spare-workers.ts')
  const pool = sparePool(() => undefined)
  return typeof pool === 'string' ? pool : pool.name
}

test('a Vitest whose workers cannot be started ahead keeps its own pool', async () => {
  expect(await poolName()).toBe('jarvis-forks')
  vi.resetModules()
  vi.doMock('vitest/node', async (original) => ({
    ...(await original<typeof import('vitest/node')>()),
    ForksPoolWorker: undefined,
  }))
  expect(await poolName()).toBe('forks')
})
