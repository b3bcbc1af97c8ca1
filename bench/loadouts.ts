// What a loadout costs a run of 500 of them whose service is up at once, beside the tree at dd9f17b.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runVitest } from './support/command.ts'
import { FORMER, formerTree } from './support/former-tree.ts'
import { median } from './support/numbers.ts'
import { benchProject } from './support/project.ts'
import { report } from './support/report.ts'

const LOADOUTS = Number(process.env['BENCH_LOADOUTS'] ?? 500)
/** Each takes the former tree two seconds. */
const FORMER_LOADOUTS = Math.min(LOADOUTS, 25)
const BOUND = 0.25
const STARTS = 20
const COMMAND = ['sh', '-c', 'echo up; exec sleep 600']
const SCENARIO = `import { test } from 'vitest'

test('trivial', () => {})
`
const standIn = fileURLToPath(new URL('../test/stand-ins/nvidia-smi', import.meta.url))

const former = formerTree()
const own = await ownStart()
const now = await perLoadout(LOADOUTS, null)
const before = await perLoadout(FORMER_LOADOUTS, former)
const figure = { unit: 'ms', bound: null, digits: 0 }
report('loadouts', {
  seed: null,
  measured: [
    {
      name: 'a loadout beyond its service’s start, now / former',
      value: (now.gpu - own) / (before.gpu - own),
      unit: '',
      bound: BOUND,
    },
    { name: 'a loadout, now', value: now.gpu, ...figure },
    { name: 'a loadout, former', value: before.gpu, ...figure },
    { name: 'a service’s own start', value: own, ...figure, digits: 1 },
    { name: 'a loadout without a GPU, now', value: now.plain, ...figure },
    { name: 'a loadout without a GPU, former', value: before.plain, ...figure },
  ],
  notes: [
    `${LOADOUTS} loadouts with a service and a trivial scenario each, of the tree at ${FORMER} ${FORMER_LOADOUTS}; what all of them ` +
      'take beyond one alone, divided. A worker of Vitest’s for each is in it. The GPU is the stand-in for nvidia-smi: what memory is in ' +
      'use is waited for before, when the service is ready, and after.',
  ],
})

/** Milliseconds from the start of a service's program to its first line. */
async function ownStart(): Promise<number> {
  const times: number[] = []
  for (let start = 0; start < STARTS; start += 1) {
    const [file = '', ...args] = COMMAND
    const begun = performance.now()
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
    await once(child.stdout, 'data')
    times.push(performance.now() - begun)
    child.kill()
  }
  return median(times)
}

/** Milliseconds that one more loadout takes, with a GPU and without one; by this tree, or another one. */
async function perLoadout(
  count: number,
  tree: string | null,
): Promise<{ gpu: number; plain: number }> {
  const [many, one] = [projectOf(count, tree), projectOf(1, tree)]
  try {
    const each = async (env: NodeJS.ProcessEnv): Promise<number> => {
      const alone = await timeOf(one.root, env, 1)
      return ((await timeOf(many.root, env, count)) - alone) / (count - 1)
    }
    const gpus = join(many.root, 'gpus')
    mkdirSync(gpus)
    writeFileSync(join(gpus, 'gpus.json'), JSON.stringify([{ base: 1_000 }]))
    const path = [standIn, dirname(process.execPath), process.env['PATH']].join(delimiter)
    return { gpu: await each({ PATH: path, NVIDIA_SMI_STATE: gpus }), plain: await each({}) }
  } finally {
    for (const project of [many, one]) project.remove()
  }
}

function projectOf(count: number, tree: string | null) {
  const names = Array.from({ length: count }, (_, index) => `service-${index}`)
  const services = names.map((name) => ({ [name]: { command: COMMAND, ready: { log: '^up' } } }))
  const plan = {
    name: 'Many loadouts',
    services: Object.assign({}, ...services) as object,
    execution: [{ domain: 'llm', loadouts: names.map((name) => `native://${name}`) }],
  }
  const project = benchProject({
    // JSON is YAML.
    'plans/default.yaml': JSON.stringify(plan),
    'scenarios/llm/trivial.scenario.ts': SCENARIO,
  })
  if (tree !== null) install(tree, project.root)
  return project
}

/** Puts another tree in the place of this one. */
function install(tree: string, root: string): void {
  const installed = join(root, 'node_modules', 'jarvis')
  for (const name of ['package.json', 'dist']) {
    rmSync(join(installed, name), { recursive: true })
    cpSync(join(tree, name), join(installed, name), { recursive: true })
  }
}

async function timeOf(root: string, env: NodeJS.ProcessEnv, count: number): Promise<number> {
  rmSync(join(root, 'logs'), { recursive: true, force: true })
  const { wall } = await runVitest(root, ['run', '--config', 'jarvis'], { env })
  const [session = ''] = readdirSync(join(root, 'logs')).filter((name) => name.startsWith('RUN_'))
  const rows = JSON.parse(readFileSync(join(root, 'logs', session, 'llm.json'), 'utf8')) as object[]
  if (rows.length !== count) throw new Error(`${session} holds ${rows.length} results of ${count}`)
  process.stderr.write(`${count} loadouts took ${Math.round(wall)} ms\n`)
  return wall
}
