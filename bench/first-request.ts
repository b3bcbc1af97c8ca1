// Whether the first request of a scenario file is measured as any other, while the worker of the next file starts.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runVitest } from './support/command.ts'
import { median, shuffled } from './support/numbers.ts'
import { benchProject } from './support/project.ts'
import { report } from './support/report.ts'

const FILES = 15
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const BOUND = 1.05

const PLAN = `name: First and second requests
execution:
  - domain: llm
    loadouts: ['sim://up#ttft=0.05#rate=500#stream']
`
const SCENARIO = `import { expect, test } from 'jarvis/scenario'

for (const name of ['first', 'second']) {
  test(name, async ({ llm }) => {
    const { text } = await llm.chat('Hello')
    expect(text).toContain('Hello')
  })
}
`
const config = (pool: string): string => `import { defineConfig } from 'vitest/config'
import { jarvis } from 'jarvis'

export default defineConfig({ plugins: [jarvis()], test: { projects: [], ${pool} } })
`
const project = benchProject({
  'plans/default.yaml': PLAN,
  'ahead.config.mts': config(''),
  'forks.config.mts': config(`pool: 'forks'`),
  ...Object.fromEntries(
    Array.from({ length: FILES }, (_, file) => [`scenarios/llm/f${file}.scenario.ts`, SCENARIO]),
  ),
})
/** Workers as jarvis starts them, ahead, and as Vitest does. */
const pools = ['ahead', 'forks'] as const
type Pool = (typeof pools)[number]

/** Medians of each round, in ms. */
const taken: Record<Pool, { first: number; second: number }[]> = { ahead: [], forks: [] }
try {
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const pool of shuffled(pools, SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      await runVitest(project.root, ['run', '--config', `${pool}.config.mts`])
      const one = { first: ttftOf('first'), second: ttftOf('second') }
      rmSync(join(project.root, 'logs'), { recursive: true })
      // The first round compiles and is not counted.
      if (round > 0) taken[pool].push(one)
      process.stderr.write(`${pool} ${one.first.toFixed(1)} ms, ${one.second.toFixed(1)} ms\n`)
    }
  }
} finally {
  project.remove()
}

const of = (pool: Pool, which: 'first' | 'second'): number =>
  median(taken[pool].map((one) => one[which]))
const ratios = taken.ahead.map(({ first, second }) => first / second)
const beside = taken.ahead.map(({ first }, round) => first / (taken.forks[round]?.first ?? 0))
report('first-request', {
  seed: SEED,
  measured: [
    {
      name: 'first / second request of a file',
      value: median(ratios),
      unit: '',
      bound: BOUND,
      digits: 3,
    },
    {
      name: 'first, worker ahead / without',
      value: median(beside),
      unit: '',
      bound: BOUND,
      digits: 3,
    },
    { name: 'first', value: of('ahead', 'first'), unit: 'ms', bound: null, digits: 1 },
    { name: 'second', value: of('ahead', 'second'), unit: 'ms', bound: null, digits: 1 },
    {
      name: 'first, without a worker ahead',
      value: of('forks', 'first'),
      unit: 'ms',
      bound: null,
      digits: 1,
    },
  ],
  notes: [
    `Time to first token of ${FILES} files a run, medians of ${ROUNDS} rounds; the simulator is set to 50 ms.`,
  ],
})

/** The median time to first token of the scenarios of one name in the newest session, in ms. */
function ttftOf(name: string): number {
  const [session = ''] = readdirSync(join(project.root, 'logs')).filter((one) =>
    one.startsWith('RUN_'),
  )
  const text = readFileSync(join(project.root, 'logs', session, 'llm.json'), 'utf8')
  const rows = JSON.parse(text) as { name: string; metrics: { ttft?: number } }[]
  const values = rows.filter((row) => row.name.endsWith(name)).map(({ metrics }) => metrics.ttft)
  const known = values.filter((value) => value !== undefined)
  if (known.length !== FILES) throw new Error(`${session} has ${known.length} times of ${name}`)
  return median(known) * 1_000
}
