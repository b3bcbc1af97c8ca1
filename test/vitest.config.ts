import { defineConfig } from 'vitest/config'
import { tags } from './tags.ts'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Much of a test's time is waiting for processes: two at a time, also where there are two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    tags,
    projects: [
      // These files start little: a process for each of them would take a quarter of their time.
      { extends: true, test: { name: 'src', include: ['src/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        test: {
          name: 'runs',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/real/**',
            'test/fixtures/**',
            'test/durability/**',
            'test/**/*.long.test.ts',
            'node_modules/**',
          ],
        },
      },
    ],
  },
})
