import { defineConfig, type OxlintOverride } from 'oxlint'

/** What each folder of src/ may import, besides errors.ts and events/. Nothing imports upwards. */
const floors: Record<string, string[]> = {
  events: [],
  host: [],
  memory: ['host'],
  plan: ['host', 'metrics/catalogue.ts', 'sim/faults.ts'],
  metrics: ['host'],
  telemetry: ['host'],
  session: ['host', 'plan'],
  split: ['host', 'session'],
  submit: ['host', 'plan', 'split'],
  services: ['host', 'memory', 'plan', 'telemetry'],
  scenario: [
    'host',
    'metrics',
    'plan',
    'services/invoke/invoke.ts',
    'services/leases/lease-client.ts',
    'services/leases/lease-protocol.ts',
    'services/leases/worker-progress.ts',
  ],
  dashboard: ['host/plain-text.ts', 'host/secrets.ts', 'metrics'],
  report: ['host', 'memory', 'metrics', 'plan/gates.ts', 'plan/wildcard.ts', 'session'],
  reporter: [
    'dashboard',
    'host',
    'metrics',
    'services/leases/lease-protocol.ts',
    'services/leases/worker-progress.ts',
    'services/loadouts/loadout-book.ts',
    'session',
  ],
  plugin: [
    'host',
    'memory',
    'plan',
    'report/gates/judge.ts',
    'report/gates/verdict.ts',
    'report/launch.ts',
    'report/memory/update-sheets.ts',
    'reporter',
    'services',
    'session',
    'split',
    'telemetry',
  ],
  cli: [
    'dashboard',
    'host',
    'memory',
    'merge',
    'metrics',
    'plan',
    'plugin/machine.ts',
    'plugin/options.ts',
    'plugin/projects.ts',
    'plugin/resume.ts',
    'report',
    'services',
    'session',
    'split',
    'submit',
    'telemetry',
  ],
  merge: ['host', 'plan', 'report', 'session'],
  watchdog: ['host', 'services', 'session'],
  sim: [],
}

/** The only folders that know Vitest exists. */
const vitestFloors = new Set(['scenario', 'reporter', 'plugin'])

/** What tests replace by fake timers: whatever measures or limits in a worker takes the real ones. */
const fakeable =
  'Date performance queueMicrotask setImmediate setInterval setTimeout clearInterval clearTimeout'.split(
    ' ',
  )
const realTime = 'take it from host/real-time.ts: a test may have put a fake one in its place'
const fakeableModules = ['node:timers', 'node:timers/promises', 'node:perf_hooks'].map((name) => ({
  name,
  message: realTime,
}))

/** A file of a room, at each depth of folders that rooms have, sees the other rooms through more `../`. */
const floorRules: OxlintOverride[] = Object.entries(floors).flatMap(([floor, below]) =>
  [1, 2, 3].map((depth): OxlintOverride => {
    const up = '../'.repeat(depth)
    const open = ['errors.ts', 'events/**', ...below.map((name) => glob(name))]
    return {
      files: [`src/${floor}/${'*/'.repeat(depth - 1)}*.ts`],
      excludeFiles: ['**/*.test.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            paths: vitestFloors.has(floor)
              ? fakeableModules.filter(() => floor === 'scenario')
              : ['vitest', 'vitest/node', 'vitest/config'].map((name) => ({
                  name,
                  message: `src/${floor} does not know Vitest`,
                })),
            patterns: [
              {
                group: [`${up}**`, ...open.map((path) => `!${up}${path}`)],
                message: `src/${floor} may import: ${['errors.ts', 'events', ...below].join(', ')}`,
              },
            ],
          },
        ],
      },
    }
  }),
)

function glob(name: string): string {
  return name.endsWith('.ts') ? name : `${name}/**`
}

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'node', 'promise', 'vitest', 'jsdoc', 'oxc'],
  categories: { correctness: 'error' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    // A file of one idea may have so many; one that holds two is split long before.
    'max-lines': ['warn', 400],
    'no-console': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'jsdoc/require-yields': 'off',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  },
  overrides: [
    ...floorRules,
    {
      files: ['**/*.config.{ts,mts}', 'src/index.ts', 'src/plugin/global-setup.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
    { files: ['src/cli/**', 'scripts/**', 'bench/**'], rules: { 'no-console': 'off' } },
    {
      files: ['**/*.test.ts'],
      rules: {
        'max-lines': 'off',
        'typescript/unbound-method': 'off',
        // Tests that only some systems can run are chosen by `test.skipIf` under another name.
        'vitest/expect-expect': [
          'error',
          { assertFunctionNames: ['expect*', 'check*', 'assert*'] },
        ],
        'vitest/no-disabled-tests': 'off',
        'vitest/no-standalone-expect': 'off',
        'vitest/valid-expect': ['error', { maxArgs: 2 }],
        'vitest/valid-title': 'off',
      },
    },
    {
      files: [
        'src/scenario/**',
        'src/services/invoke/**',
        'src/services/leases/lease-client.ts',
        'src/services/processes/end-processes.ts',
      ],
      excludeFiles: ['**/*.test.ts'],
      rules: {
        'no-restricted-globals': [
          'error',
          ...fakeable.map((name) => ({ name, message: realTime })),
        ],
      },
    },
    // Plans name scenarios by their file stems, which are snake_case as in other tools of the field.
    { files: ['scenarios/**', 'test/fixtures/**'], rules: { 'unicorn/filename-case': 'off' } },
    // Fixtures and stand-ins do on purpose what a test should not.
    {
      files: ['**/fixtures/**', '**/stand-ins/**'],
      rules: {
        'no-console': 'off',
        'vitest/expect-expect': 'off',
        'vitest/no-disabled-tests': 'off',
      },
    },
  ],
  ignorePatterns: ['dist', 'logs', 'coverage'],
})
