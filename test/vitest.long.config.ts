import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** What takes minutes: not part of `npm test`. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.long.test.ts'],
    exclude: ['test/fixtures/**', 'test/real/**', 'test/durability/**', 'node_modules/**'],
    // Several things that measure or kill processes would disturb each other.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
