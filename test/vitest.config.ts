import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { tags } from './tags.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Rooms whose code keeps nothing and starts little: their files share processes, which takes a quarter less time. */
const PURE = ['dashboard', 'events', 'memory', 'metrics', 'plan', 'report', 'sim', 'split']
const shared = PURE.flatMap((room) => globSync(`src/${room}/**/*.test.ts`, { cwd: root })).filter(
  // What puts something in the place of a module is met by no other file.
  (file) => !readFileSync(`${root}${file}`, 'utf8').includes('vi.mock('),
)

export default defineConfig({
  test: {
    root,
    // Much of a test's time is waiting for processes: two at a time, also where there are two cores.
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // What happens at once does so later on a busy machine.
    expect: { poll: { timeout: 60_000 } },
    tags,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: shared,
          isolate: false,
          setupFiles: ['test/support/fresh-globals.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'own',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [
            ...shared,
            'test/real/**',
            'test/fixtures/**',
            'test/durability/**',
            'test/cluster/**',
            'test/**/*.long.test.ts',
            'node_modules/**',
          ],
        },
      },
    ],
  },
})
