import { defineConfig, type OxlintOverride } from 'oxlint'

/** What each folder of src/ may import, besides errors.ts and events/. Nothing imports upwards. */
const floors: Record<string, string[]> = {
  events: [],
  host: [],
  plan: ['host'],
  metrics: [],
  session: ['host', 'plan'],
  services: ['host', 'plan'],
  scenario: ['host', 'metrics', 'plan', 'services/lease-client.ts', 'services/lease-protocol.ts'],
  reporter: ['host', 'session', 'services/lease-protocol.ts'],
  plugin: ['host', 'plan', 'reporter', 'services', 'session'],
  watchdog: ['host', 'services', 'session'],
  sim: [],
}

/** The only folders that know Vitest exists. */
const vitestFloors = new Set(['scenario', 'reporter', 'plugin'])

const floorRules: OxlintOverride[] = Object.entries(floors).map(([floor, below]) => ({
  files: [`src/${floor}/**`],
  excludeFiles: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: vitestFloors.has(floor)
          ? []
          : ['vitest', 'vitest/node', 'vitest/config'].map((name) => ({
              name,
              message: `src/${floor} does not know Vitest`,
            })),
        patterns: [
          {
            group: [
              '../**',
              '!../errors.ts',
              '!../events/**',
              ...below.map((name) => (name.endsWith('.ts') ? `!../${name}` : `!../${name}/**`)),
            ],
            message: `src/${floor} may import: ${['errors.ts', 'events', ...below].join(', ')}`,
          },
        ],
      },
    ],
  },
}))

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'node', 'promise', 'vitest', 'jsdoc', 'oxc'],
  categories: { correctness: 'error' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'max-lines': ['warn', 250],
    'no-console': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  },
  overrides: [
    ...floorRules,
    {
      files: ['**/*.config.ts', 'src/index.ts', 'src/plugin/global-setup.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
    { files: ['src/cli/**'], rules: { 'no-console': 'off' } },
  ],
  ignorePatterns: ['dist', 'logs', 'coverage'],
})
