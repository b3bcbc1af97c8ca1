// How much later a run of one trivial file ends because jarvis runs it with a service of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runVitest, type Taken } from './support/command.ts'
import { median, shuffled } from './support/numbers.ts'
import { benchProject, PLAIN_CONFIG } from './support/project.ts'
import { report } from './support/report.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const BOUND_MS = 400

// The shell is up within milliseconds, so that what is measured is not the service's own start.
const plan = (command: string, ready: string): string => `name: One service
services:
  own:
    command: ${command}
    ready: ${ready}
execution:
  - domain: llm
    loadouts: ['native://own']
`
const project = benchProject({
  'plans/default.yaml': plan(`['sh', '-c', 'echo up; exec sleep 600']`, `{ log: '^up' }`),
  'plans/server.yaml': plan('node server.mjs {port}', '{ port: true }'),
  'server.mjs': `import { createServer } from 'node:http'
createServer((_, response) => response.end('up')).listen(Number(process.argv[2]), '127.0.0.1')
`,
  'plain.config.ts': PLAIN_CONFIG,
  'server.config.ts': `import { defineConfig } from 'vitest/config'
import { jarvis } from 'jarvis'

export default defineConfig({
  plugins: [jarvis({ plan: 'plans/server.yaml' })],
  test: { projects: [] },
})
`,
  'scenarios/llm/trivial.scenario.ts': `import { test } from 'vitest'

test('trivial', () => {})
`,
})
const ways = {
  plain: ['run', '--config', 'plain.config.ts'],
  shell: ['run', '--config', 'jarvis'],
  server: ['run', '--config', 'server.config.ts'],
}
type Way = keyof typeof ways

const taken: Record<Way, Taken[]> = { plain: [], shell: [], server: [] }
try {
  for (const args of Object.values(ways)) await runVitest(project.root, args)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      taken[way].push(await runVitest(project.root, ways[way]))
    }
  }
  checkSystemInfo(join(project.root, 'logs'))
} finally {
  project.remove()
}

const added = (way: Way): number =>
  median(taken[way].map(({ wall }, round) => wall - (taken.plain[round] as Taken).wall))
const whole = (way: Way): number => median(taken[way].map(({ wall }) => wall))
report('startup', {
  seed: SEED,
  measured: [
    { name: 'added by jarvis', value: added('shell'), unit: 'ms', bound: BOUND_MS, digits: 0 },
    { name: 'added, service in Node', value: added('server'), unit: 'ms', bound: null, digits: 0 },
    { name: 'plain Vitest', value: whole('plain'), unit: 'ms', bound: null, digits: 0 },
    { name: 'with jarvis', value: whole('shell'), unit: 'ms', bound: null, digits: 0 },
  ],
  notes: [`Medians of ${ROUNDS} rounds.`],
})

/** The facts about the machine are part of what is measured. */
function checkSystemInfo(logs: string): void {
  for (const session of readdirSync(logs).filter((name) => name.startsWith('RUN_'))) {
    const path = join(logs, session, 'system_info.yaml')
    if (!existsSync(path)) throw new Error(`${session} has no system_info.yaml`)
    const missing = /^ {2}(?:os|cpu|gpu|disk_free_gb): null$/m.exec(readFileSync(path, 'utf8'))
    if (missing) throw new Error(`${session} does not know its machine: ${missing[0].trim()}`)
  }
}
