import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { tags } from './tags.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Those that put something in the place of a module: no other file may meet it. */
const mocking = globSync('src/**/*.test.ts', { cwd: root }).filter((file) =>
  readFileSync(`${root}${file}`, 'utf8').includes('vi.mock('),
)

export default defineConfig({
  test: {
    root,
    // Much of a test's time is waiting for processes: two at a time, also where there are two cores.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    tags,
    projects: [
      // These files start little: a process for each of them would take a quarter of their time.
      {
        extends: true,
        test: { name: 'src', include: ['src/**/*.test.ts'], exclude: mocking, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'runs',
          include: ['test/**/*.test.ts', ...mocking],
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
