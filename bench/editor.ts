// How long a click in an editor takes on a service that is warm, beside the same click on a test of plain Vitest.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, shuffled } from './support/numbers.ts'
import { benchProject, PLAIN_CONFIG } from './support/project.ts'
import { report } from './support/report.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const BOUND = 1.5
const TICK_MS = 10

const worker = fileURLToPath(new URL('../test/fixtures/clicks/worker.mjs', import.meta.url))
const project = benchProject({
  'plans/default.yaml': `name: One service
execution:
  - domain: llm
    loadouts: ['sim://small#load=5s']
`,
  'plain.config.ts': PLAIN_CONFIG,
  'worker.mjs': readFileSync(worker, 'utf8'),
  'scenarios/llm/trivial.scenario.ts': `import { test } from 'vitest'

test('trivial', () => {})
`,
})
const ways = { plain: 'plain.config.ts', warm: 'jarvis' }
type Way = keyof typeof ways

interface Taken {
  /** Milliseconds. */
  wall: number
  /** Milliseconds of processors; null where the system does not tell. */
  processor: number | null
}

const taken: Record<Way, Taken[]> = { plain: [], warm: [] }
let first = 0
try {
  await click('plain')
  first = (await click('warm')).wall
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      taken[way].push(await click(way))
    }
  }
  checkWarm(join(project.root, 'logs'))
} finally {
  project.remove()
}

const ratios = (of: (taken: Taken) => number | null): number[] =>
  taken.warm.flatMap((warm, round) => (of(warm) ?? Number.NaN) / (of(taken.plain[round]!) ?? 1))
const walls = (way: Way): number => median(taken[way].map(({ wall }) => wall))
report('editor', {
  seed: SEED,
  measured: [
    {
      name: 'a click on a warm service, beside plain Vitest',
      value: median(ratios(({ wall }) => wall)),
      unit: '×',
      bound: BOUND,
    },
    {
      name: 'its processor time',
      value: median(ratios(({ processor }) => processor)),
      unit: '×',
      bound: null,
    },
    { name: 'plain Vitest', value: walls('plain'), unit: 'ms', bound: null, digits: 0 },
    { name: 'on a warm service', value: walls('warm'), unit: 'ms', bound: null, digits: 0 },
    { name: 'the first click, which loads 5 s', value: first, unit: 'ms', bound: null, digits: 0 },
  ],
  notes: [`Medians of ${ROUNDS} rounds.`],
})

/** Milliseconds from the start of the worker that the extension starts for a click to its end. */
async function click(way: Way): Promise<Taken> {
  const runtime = join(project.root, 'runtime')
  mkdirSync(runtime, { recursive: true, mode: 0o700 })
  const [begun, before] = [performance.now(), childrensTicks()]
  // This process stands for the editor: what it keeps warm ends with it.
  const child = spawn(process.execPath, ['worker.mjs', JSON.stringify({ config: ways[way] })], {
    cwd: project.root,
    env: { ...process.env, VITEST_VSCODE: 'true', XDG_RUNTIME_DIR: runtime, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
    if (said.includes('CLOSED')) child.kill()
  })
  await once(child, 'close')
  if (!said.includes('["trivial","passed"]')) throw new Error(`A click failed:\n${said}`)
  const ticks = childrensTicks()
  const processor = ticks === null || before === null ? null : (ticks - before) * TICK_MS
  return { wall: performance.now() - begun, processor }
}

/** What processes that this one has waited for, and theirs, have taken of processors. Linux alone tells. */
function childrensTicks(): number | null {
  if (process.platform !== 'linux') return null
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[13]) + Number(fields[14])
}

/** All clicks but the first found the service. */
function checkWarm(logs: string): void {
  const sessions = readdirSync(logs).filter((name) => name.startsWith('RUN_'))
  const journals = sessions.map((name) => readFileSync(join(logs, name, 'events.jsonl'), 'utf8'))
  const loads = journals.filter((journal) => journal.includes('"type":"model_loading"'))
  if (loads.length !== 1)
    throw new Error(`${loads.length} of ${sessions.length} clicks loaded the model`)
}
