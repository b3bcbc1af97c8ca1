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

const taken: Record<Way, number[]> = { plain: [], warm: [] }
let first = 0
try {
  await click('plain')
  first = await click('warm')
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

const ratios = taken.warm.map((wall, round) => wall / taken.plain[round]!)
report('editor', {
  seed: SEED,
  measured: [
    {
      name: 'a click on a warm service, beside plain Vitest',
      value: median(ratios),
      unit: '×',
      bound: BOUND,
    },
    { name: 'plain Vitest', value: median(taken.plain), unit: 'ms', bound: null, digits: 0 },
    { name: 'on a warm service', value: median(taken.warm), unit: 'ms', bound: null, digits: 0 },
    { name: 'the first click, which loads 5 s', value: first, unit: 'ms', bound: null, digits: 0 },
  ],
  notes: [`Medians of ${ROUNDS} rounds.`],
})

/** Milliseconds from the start of the worker that the extension starts for a click to its end. */
async function click(way: Way): Promise<number> {
  const runtime = join(project.root, 'runtime')
  mkdirSync(runtime, { recursive: true, mode: 0o700 })
  const begun = performance.now()
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
  return performance.now() - begun
}

/** All clicks but the first found the service. */
function checkWarm(logs: string): void {
  const sessions = readdirSync(logs).filter((name) => name.startsWith('RUN_'))
  const journals = sessions.map((name) => readFileSync(join(logs, name, 'events.jsonl'), 'utf8'))
  const loads = journals.filter((journal) => journal.includes('"type":"model_loading"'))
  if (loads.length !== 1)
    throw new Error(`${loads.length} of ${sessions.length} clicks loaded the model`)
}
