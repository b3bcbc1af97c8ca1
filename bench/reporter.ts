// What keeping every result durable costs a run, beside Vitest's own reporters over the same files.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runVitest, type Taken } from './support/command.ts'
import { median, shuffled } from './support/numbers.ts'
import { benchProject, PLAIN_CONFIG } from './support/project.ts'
import { type Measured, report } from './support/report.ts'

const FILES = 10
const SCENARIOS_A_FILE = 1_000
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const WALL_BOUND = 1.1
const MEMORY_BOUND = 1.15

const PLAN = `name: Ten thousand
execution:
  - domain: llm
    loadouts: ['sim://up#load=0']
`
const SCENARIO = `import { expect, test } from 'vitest'

for (let number = 0; number < ${SCENARIOS_A_FILE}; number += 1) test(\`scenario \${number}\`, () => expect(1 + 1).toBe(2))
`
const scenarios = Array.from(
  { length: FILES },
  (_, number) => [`scenarios/llm/trivial-${number}.scenario.ts`, SCENARIO] as const,
)
const project = benchProject({
  'plans/default.yaml': PLAN,
  'plain.config.ts': PLAIN_CONFIG,
  ...Object.fromEntries(scenarios),
})
const ways = {
  jarvis: ['run', '--config', 'jarvis'],
  dot: ['run', '--config', 'plain.config.ts', '--reporter=dot'],
  json: ['run', '--config', 'plain.config.ts', '--reporter=json', '--outputFile=results.json'],
}
type Way = keyof typeof ways

const taken: Record<Way, Taken[]> = { jarvis: [], dot: [], json: [] }
try {
  for (const args of Object.values(ways)) await runVitest(project.root, args)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      const one = await runVitest(project.root, ways[way])
      taken[way].push(one)
      process.stderr.write(`${way} ${Math.round(one.wall)} ms, ${Math.round(one.memory ?? 0)} MB\n`)
    }
  }
  checkResults(join(project.root, 'logs'))
} finally {
  project.remove()
}

const measured: Measured[] = [
  ratio('jarvis / dot, wall time', 'dot', ({ wall }) => wall, WALL_BOUND),
  ratio('jarvis / json, wall time', 'json', ({ wall }) => wall, null),
]
if (taken.dot.every(({ memory }) => memory !== null)) {
  const memory = (one: Taken): number => one.memory ?? 0
  measured.push(ratio('jarvis / dot, peak memory', 'dot', memory, MEMORY_BOUND))
  measured.push(ratio('jarvis / json, peak memory', 'json', memory, null))
  for (const way of Object.keys(ways) as Way[]) {
    const value = median(taken[way].map(memory))
    measured.push({ name: `${way}, peak memory`, value, unit: 'MB', bound: null, digits: 0 })
  }
}
for (const way of Object.keys(ways) as Way[]) {
  const value = median(taken[way].map(({ wall }) => wall)) / 1_000
  measured.push({ name: `${way}, wall time`, value, unit: 's', bound: null })
}
report('reporter', { seed: SEED, measured, notes: [`Medians of ${ROUNDS} rounds.`] })

/** The median of the rounds' ratios. */
function ratio(
  name: string,
  other: Way,
  of: (one: Taken) => number,
  bound: number | null,
): Measured {
  const ratios = taken.jarvis.map((one, round) => of(one) / of(taken[other][round] as Taken))
  return { name, value: median(ratios), unit: '', bound, digits: 3 }
}

/** Every session holds every result. */
function checkResults(logs: string): void {
  const sessions = readdirSync(logs).filter((name) => name.startsWith('RUN_'))
  for (const session of sessions) {
    const text = readFileSync(join(logs, session, 'llm.json'), 'utf8')
    const rows = JSON.parse(text) as { id: string; status: string }[]
    const passed = new Set(rows.filter(({ status }) => status === 'PASSED').map(({ id }) => id))
    if (passed.size !== FILES * SCENARIOS_A_FILE || rows.length !== passed.size) {
      throw new Error(`${session} holds ${rows.length} results, ${passed.size} of them passed`)
    }
  }
}
