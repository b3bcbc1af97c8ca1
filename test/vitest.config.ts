import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [
      'test/real/**',
      'test/fixtures/**',
      'test/durability/**',
      'test/**/*.long.test.ts',
      'node_modules/**',
    ],
    // Much of a test's time is waiting for processes: two at a time, also where there are two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
