// What it costs to show a session of 100,000 results and to list 200 sessions, beside the least that a reader can do.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manyResultsSession } from '../test/support/session-directories.ts'
import { listCommand } from '../src/cli/sessions/list.ts'
import { readState } from '../src/session/projections/state-file.ts'
import { runNode, type Taken } from './support/command.ts'
import { median, shuffled } from './support/numbers.ts'
import { type Measured, report } from './support/report.ts'

const RESULTS = Number(process.env['BENCH_RESULTS'] ?? 100_000)
const SESSIONS = Number(process.env['BENCH_SESSIONS'] ?? 200)
const RESULTS_EACH = 1_000
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const SHOW_BOUND = 1.5
const LIST_BOUND = 2
/** Ten times the results take that much more memory. */
const MEMORY_BOUND = 1.5
/** So many states are read at once, as sessions are by the list. */
const SIDE_BY_SIDE = 16

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const bare = fileURLToPath(new URL('support/bare-reader.mjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'jarvis-bench-'))
try {
  report('readers', {
    seed: SEED,
    measured: [...(await measureShow()), ...(await measureList())],
    notes: [
      `show: a session of ${RESULTS} results, processes from start to exit, medians of ${ROUNDS} rounds; bare: the journal read, ` +
        'checked and parsed line by line, and nothing else. Memory is the most of all rounds.',
      `list: ${SESSIONS} sessions of ${RESULTS_EACH} results, within one process; states: their state.json read and parsed. Cold: ` +
        'nothing is remembered of them, a process from start to exit.',
    ],
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measureShow(): Promise<Measured[]> {
  const [many, tenth] = [join(folder, 'many'), join(folder, 'tenth')]
  for (const logs of [many, tenth]) mkdirSync(logs)
  const session = await manyResultsSession(many, RESULTS)
  await manyResultsSession(tenth, RESULTS / 10)
  const ways = {
    show: () => show(many),
    bare: () => runNode(many, [bare, join(session, 'events.jsonl')]),
    tenth: () => show(tenth),
  }
  type Way = keyof typeof ways
  const taken: Record<Way, Taken[]> = { show: [], bare: [], tenth: [] }
  // One run of each is not counted.
  for (const way of Object.values(ways)) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
    await way()
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- see above
      taken[way].push(await ways[way]())
    }
  }
  const ratios = taken.show.map(({ wall }, round) => wall / taken.bare[round]!.wall)
  const milliseconds = (way: Way): number => median(taken[way].map(({ wall }) => wall))
  const figure = { unit: 'ms', bound: null, digits: 0 }
  return [
    { name: 'show / bare, wall time', value: median(ratios), unit: '', bound: SHOW_BOUND },
    ...memoryOf(taken),
    { name: 'show, wall time', value: milliseconds('show'), ...figure },
    { name: 'bare, wall time', value: milliseconds('bare'), ...figure },
  ]
}

function show(logs: string): Promise<Taken> {
  // Results that failed are no failure of the bench.
  return runNode(logs, [program, 'show'], { JARVIS_LOGS: logs }, [0, 1])
}

function memoryOf(taken: Record<'show' | 'bare' | 'tenth', Taken[]>): Measured[] {
  const most = (way: keyof typeof taken): number =>
    Math.max(...taken[way].map(({ memory }) => memory ?? Number.NaN))
  const [all, tenth, least] = [most('show'), most('tenth'), most('bare')]
  if (Number.isNaN(all)) return []
  const figure = { unit: 'MB', bound: null, digits: 0 }
  return [
    { name: 'show, memory / of a tenth', value: all / tenth, unit: '', bound: MEMORY_BOUND },
    { name: 'show / bare, memory', value: all / least, unit: '', bound: null },
    { name: 'show, peak memory', value: all, ...figure },
    { name: 'bare, peak memory', value: least, ...figure },
  ]
}

async function measureList(): Promise<Measured[]> {
  const logs = join(folder, 'listed')
  mkdirSync(logs)
  const first = await manyResultsSession(logs, RESULTS_EACH)
  const directories = [first]
  for (let number = 1; number < SESSIONS; number += 1) {
    const copy = join(dirname(first), `${basename(first)}_${number + 1}`)
    cpSync(first, copy, { recursive: true })
    directories.push(copy)
  }
  const cold = await runNode(logs, [program, 'list', '--all'], { JARVIS_LOGS: logs })
  const warm = await runNode(logs, [program, 'list', '--all'], { JARVIS_LOGS: logs })
  const ways = {
    list: async () => {
      const terminal = { cwd: logs, env: { JARVIS_LOGS: logs }, write: () => {}, colors: false }
      await listCommand.run(['--all'], terminal)
    },
    states: () => readStates(directories),
  }
  type Way = keyof typeof ways
  const taken: Record<Way, number[]> = { list: [], states: [] }
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      const begun = performance.now()
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      await ways[way]()
      // The first round is not counted.
      if (round >= 0) taken[way].push(performance.now() - begun)
    }
  }
  const ratios = taken.list.map((time, round) => time / taken.states[round]!)
  const figure = { unit: 'ms', bound: null, digits: 0 }
  return [
    { name: 'list / states, remembered', value: median(ratios), unit: '', bound: LIST_BOUND },
    { name: 'list, remembered', value: median(taken.list), ...figure, digits: 1 },
    { name: 'states', value: median(taken.states), ...figure, digits: 1 },
    { name: 'list, the command, remembered', value: warm.wall, ...figure },
    { name: 'list, the command, cold', value: cold.wall, ...figure },
  ]
}

async function readStates(directories: readonly string[]): Promise<void> {
  for (let from = 0; from < directories.length; from += SIDE_BY_SIDE) {
    const some = directories.slice(from, from + SIDE_BY_SIDE)
    // oxlint-disable-next-line no-await-in-loop -- few at a time, however many there are
    const states = await Promise.all(some.map((directory) => readState(directory)))
    if (states.includes(null)) throw new Error('A state could not be read')
  }
}
