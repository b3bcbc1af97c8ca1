// What the reports of 10,000 and of 100,000 results take, beside those of the tree at dd9f17b of the same session.
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { REPORT_MEMORY } from '../src/report/launch.ts'
import { runNode, type Taken } from './support/command.ts'
import { FORMER, formerTree } from './support/former-tree.ts'
import { median, shuffled } from './support/numbers.ts'
import { type Measured, report } from './support/report.ts'
import { keepCells } from './support/workbook-cells.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
/** How many results, and how long their reports may take beside the former tree's. */
const SIZES = [
  [10_000, 0.35],
  [100_000, 0.4],
] as const

const former = formerTree()
const here = fileURLToPath(new URL('..', import.meta.url))
// Its own sessions: each tree reads them.
const support = pathToFileURL(join(former, 'test/support/session-directories.ts'))
const { manyResultsSession } = (await import(support.href)) as {
  manyResultsSession: (logs: string, results: number) => Promise<string>
}
const mains = {
  now: join(here, 'dist/report/main.js'),
  former: join(former, 'dist/report/main.js'),
}
/** exceljs alone, with the cells of the workbook: less than that no workbook made with it takes. */
const plain = fileURLToPath(new URL('support/plain-workbook.mjs', import.meta.url))
type Way = keyof typeof mains

const logs = mkdtempSync(join(tmpdir(), 'jarvis-bench-'))
try {
  const measured: Measured[] = []
  for (const [results, bound] of SIZES) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
    measured.push(...(await measure(results, bound)))
  }
  report('reports', {
    seed: SEED,
    measured,
    notes: [
      `report.xlsx and report.html of one session, by the process that makes them, from its start to its exit; medians of ${ROUNDS} ` +
        `rounds, memory is the most of them. The other tree is that at ${FORMER}. exceljs alone is its streaming writer as it ` +
        'comes, with the cells of the workbook and no styles, without the page.',
    ],
  })
} finally {
  rmSync(logs, { recursive: true, force: true })
}

async function measure(results: number, bound: number): Promise<Measured[]> {
  const folder = join(logs, String(results))
  mkdirSync(folder)
  const session = await manyResultsSession(folder, results)
  const taken: Record<Way | 'plain', Taken[]> = { now: [], former: [], plain: [] }
  const rows = join(folder, 'rows.jsonl')
  // The first round is not counted.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(mains) as Way[], SEED + round)) {
      for (const name of ['report.xlsx', 'report.html'])
        rmSync(join(session, name), { force: true })
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      const one = await runNode(folder, [...REPORT_MEMORY, mains[way], session, 'xlsx', 'html'])
      // Both were made.
      for (const name of ['report.xlsx', 'report.html']) statSync(join(session, name))
      if (round >= 0) taken[way].push(one)
    }
    if (round < 0) keepCells(join(session, 'report.xlsx'), rows)
    // oxlint-disable-next-line no-await-in-loop -- see above
    else taken.plain.push(await runNode(folder, [plain, rows, join(folder, 'plain.xlsx')]))
  }
  const ratio = (of: (one: Taken) => number, way: 'now' | 'plain' = 'now'): number =>
    median(taken[way].map((one, round) => of(one) / of(taken.former[round]!)))
  const processorOf = ({ processor }: Taken): number => processor ?? Number.NaN
  const middle = (way: Way): number => median(taken[way].map(({ wall }) => wall)) / 1_000
  const most = (way: Way): number =>
    Math.max(...taken[way].map(({ memory }) => memory ?? Number.NaN))
  const many = results.toLocaleString('en')
  return [
    { name: `${many}: now / former, wall time`, value: ratio(({ wall }) => wall), unit: '', bound },
    {
      name: `${many}: now / former, processor time`,
      value: ratio(processorOf),
      unit: '',
      bound: null,
    },
    {
      name: `${many}: exceljs alone / former, wall time`,
      value: ratio(({ wall }) => wall, 'plain'),
      unit: '',
      bound: null,
    },
    {
      name: `${many}: exceljs alone / former, processor time`,
      value: ratio(processorOf, 'plain'),
      unit: '',
      bound: null,
    },
    { name: `${many}: now, wall time`, value: middle('now'), unit: 's', bound: null },
    { name: `${many}: former, wall time`, value: middle('former'), unit: 's', bound: null },
    { name: `${many}: now, peak memory`, value: most('now'), unit: 'MB', bound: null, digits: 0 },
    {
      name: `${many}: former, peak memory`,
      value: most('former'),
      unit: 'MB',
      bound: null,
      digits: 0,
    },
  ]
}
