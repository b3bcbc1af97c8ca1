import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { tags } from './tags.ts'

/** What takes minutes: files named so, and single tests of others that are tagged so. Not part of `npm test`. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/fixtures/**',
      'test/real/**',
      'test/durability/**',
      'test/cluster/**',
      'node_modules/**',
    ],
    // Several things that measure or kill processes would disturb each other.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    tags,
  },
})
