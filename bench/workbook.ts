// What the workbook of 100,000 results costs, beside exceljs's streaming writer with the same cells and no styles.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manyResultsSession } from '../test/support/session-directories.ts'
import { runNode, type Taken } from './support/command.ts'
import { median, shuffled } from './support/numbers.ts'
import { type Measured, report } from './support/report.ts'
import { keepCells } from './support/workbook-cells.ts'
import { REPORT_MEMORY } from '../src/report/launch.ts'

const RESULTS = Number(process.env['BENCH_RESULTS'] ?? 100_000)
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
const TIME_BOUND = 1.5
const MEMORY_BOUND = 400
const MB = 1_024 ** 2

const main = fileURLToPath(new URL('../dist/report/main.js', import.meta.url))
const plain = fileURLToPath(new URL('support/plain-workbook.mjs', import.meta.url))

const logs = mkdtempSync(join(tmpdir(), 'jarvis-bench-'))
try {
  const session = await manyResultsSession(logs, RESULTS)
  const workbook = join(session, 'report.xlsx')
  const rows = join(logs, 'rows.jsonl')
  const ways = {
    workbook: [...REPORT_MEMORY, main, session, 'xlsx'],
    plain: [plain, rows, join(logs, 'plain.xlsx')],
  }
  type Way = keyof typeof ways
  // One run of each is not counted; the first makes the cells that the other is fed with.
  await runNode(logs, ways.workbook)
  const cells = keepCells(workbook, rows)
  await runNode(logs, ways.plain)

  const taken: Record<Way, Taken[]> = { workbook: [], plain: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      taken[way].push(await runNode(logs, ways[way]))
    }
  }
  const ratios = taken.workbook.map(({ wall }, round) => wall / (taken.plain[round] as Taken).wall)
  const seconds = (way: Way): number => median(taken[way].map(({ wall }) => wall)) / 1_000
  const memory = (way: Way, bound: number | null): Measured[] => {
    const peaks = taken[way].map((one) => one.memory).filter((value) => value !== null)
    if (peaks.length === 0) return []
    return [
      { name: `${way}, peak memory`, value: Math.max(...peaks), unit: 'MB', bound, digits: 0 },
    ]
  }
  const size = (path: string): number => statSync(path).size / MB
  report('workbook', {
    seed: SEED,
    measured: [
      {
        name: 'workbook / plain writer, wall time',
        value: median(ratios),
        unit: '',
        bound: TIME_BOUND,
      },
      ...memory('workbook', MEMORY_BOUND),
      ...memory('plain', null),
      { name: 'workbook, wall time', value: seconds('workbook'), unit: 's', bound: null },
      { name: 'plain, wall time', value: seconds('plain'), unit: 's', bound: null },
      { name: 'workbook, size', value: size(workbook), unit: 'MB', bound: null, digits: 1 },
      {
        name: 'plain, size',
        value: size(join(logs, 'plain.xlsx')),
        unit: 'MB',
        bound: null,
        digits: 1,
      },
    ],
    notes: [
      `${RESULTS} results, ${cells} cells, medians of ${ROUNDS} rounds; memory is the most of them. The time of the ` +
        'workbook includes reading the session, that of the plain writer reading its rows.',
    ],
  })
} finally {
  rmSync(logs, { recursive: true, force: true })
}
