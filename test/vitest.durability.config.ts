import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Sweeps of faults that take hours at their full counts; `npm test` has samples of each. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/durability/**/*.test.ts'],
    // Each of them kills processes, or keeps a core busy.
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 6 * 60 * 60 * 1_000,
    hookTimeout: 120_000,
    // Counts and seeds are told as they are reached.
    disableConsoleIntercept: true,
  },
})
