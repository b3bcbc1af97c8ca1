// What 100,000 results in 100 files cost a run, beside Vitest's `dot` reporter over the same files.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runVitest, type Taken } from './support/command.ts'
import { median, shuffled } from './support/numbers.ts'
import { benchProject, PLAIN_CONFIG } from './support/project.ts'
import { type Measured, report } from './support/report.ts'

const FILES = Number(process.env['BENCH_FILES'] ?? 100)
const SCENARIOS_A_FILE = 1_000
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const PROCESSOR_BOUND = 1.25
/** Bytes of the heap that a result may leave behind beside what it leaves in Vitest. */
const LEFT_BOUND = 32
const RESULTS = FILES * SCENARIOS_A_FILE

const PLAN = `name: A hundred thousand
execution:
  - domain: llm
    loadouts: ['sim://up#load=0']
`
const SCENARIO = `import { expect, test } from 'vitest'

for (let number = 0; number < ${SCENARIOS_A_FILE}; number += 1) test(\`scenario \${number}\`, () => expect(1 + 1).toBe(2))
`
const hook = fileURLToPath(new URL('support/heap-at-exit.mjs', import.meta.url))
const ways = {
  jarvis: ['run', '--config', 'jarvis'],
  dot: ['run', '--config', 'plain.config.ts', '--reporter=dot'],
}
type Way = keyof typeof ways
interface Run extends Taken {
  /** Bytes of the main process's heap at its end. */
  heap: number
}

const [many, few] = [projectOf(FILES), projectOf(FILES / 10)]
const taken: Record<Way, Run[]> = { jarvis: [], dot: [] }
const heaps: Record<Way, number[]> = { jarvis: [], dot: [] }
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      const one = await runOnce(many.root, way, RESULTS)
      taken[way].push(one)
      process.stderr.write(`${way} ${Math.round(one.processor ?? 0)} ms of processors\n`)
      // oxlint-disable-next-line no-await-in-loop -- see above
      heaps[way].push((await runOnce(few.root, way, RESULTS / 10)).heap)
    }
  }
} finally {
  for (const project of [many, few]) project.remove()
}

const middle = (way: Way, of: (one: Run) => number): number => median(taken[way].map(of))
const grown = (way: Way): number =>
  (middle(way, ({ heap }) => heap) - median(heaps[way])) / (RESULTS * 0.9)
const figure = { unit: 's', bound: null }
const measured: Measured[] = [
  ratio('jarvis / dot, wall time', ({ wall }) => wall, null),
  {
    name: 'left of a result beside Vitest’s',
    value: grown('jarvis') - grown('dot'),
    unit: 'bytes',
    bound: LEFT_BOUND,
    digits: 0,
  },
  {
    name: 'left of a result, jarvis',
    value: grown('jarvis'),
    unit: 'bytes',
    bound: null,
    digits: 0,
  },
  { name: 'left of a result, dot', value: grown('dot'), unit: 'bytes', bound: null, digits: 0 },
  { name: 'jarvis, wall time', value: middle('jarvis', ({ wall }) => wall) / 1_000, ...figure },
  { name: 'dot, wall time', value: middle('dot', ({ wall }) => wall) / 1_000, ...figure },
]
if (taken.dot.every(({ processor }) => processor !== null)) {
  const processor = (one: Run): number => one.processor ?? Number.NaN
  measured.unshift(ratio('jarvis / dot, processor time', processor, PROCESSOR_BOUND))
  for (const way of Object.keys(ways) as Way[]) {
    measured.push({
      name: `${way}, processor time`,
      value: middle(way, processor) / 1_000,
      ...figure,
    })
  }
}
report('many-files', {
  seed: SEED,
  measured,
  notes: [
    `${RESULTS} results in ${FILES} files, medians of ${ROUNDS} rounds. Processor time is user and system time of the command and ` +
      'all processes that it has waited for: the main process, workers and the service, as that is what a machine has to give; the ' +
      'watchdog, which outlives it, is not in it. What is left of a result is the heap of the main process at its end, after a ' +
      'collection, less that of a tenth of the results.',
  ],
})

/** The median of the rounds' ratios. */
function ratio(name: string, of: (one: Run) => number, bound: number | null): Measured {
  const ratios = taken.jarvis.map((one, round) => of(one) / of(taken.dot[round] as Run))
  return { name, value: median(ratios), unit: '', bound, digits: 3 }
}

function projectOf(files: number) {
  const scenarios = Array.from(
    { length: files },
    (_, number) => [`scenarios/llm/trivial-${number}.scenario.ts`, SCENARIO] as const,
  )
  return benchProject({
    'plans/default.yaml': PLAN,
    'plain.config.ts': PLAIN_CONFIG,
    ...Object.fromEntries(scenarios),
  })
}

async function runOnce(root: string, way: Way, results: number): Promise<Run> {
  const heapFile = join(root, 'heap')
  const one = await runVitest(root, ways[way], {
    node: ['--import', hook],
    env: { BENCH_HEAP_FILE: heapFile },
  })
  if (way === 'jarvis') checkResults(join(root, 'logs'), results)
  return { ...one, heap: Number(readFileSync(heapFile, 'utf8')) }
}

/** Every session holds every result; then it goes. */
function checkResults(logs: string, results: number): void {
  for (const session of readdirSync(logs).filter((name) => name.startsWith('RUN_'))) {
    const text = readFileSync(join(logs, session, 'llm.json'), 'utf8')
    const rows = JSON.parse(text) as { id: string; status: string }[]
    const passed = new Set(rows.filter(({ status }) => status === 'PASSED').map(({ id }) => id))
    if (passed.size !== results || rows.length !== results) {
      throw new Error(`${session} holds ${rows.length} results, ${passed.size} of them passed`)
    }
    rmSync(join(logs, session), { recursive: true })
  }
}
