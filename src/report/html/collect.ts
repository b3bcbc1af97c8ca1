import { loadoutKey } from '../../events/index.ts'
import type { OwnMeasure } from '../../events/index.ts'
import type { ReportedResult, SessionReport } from '../session/index.ts'
import { SpeedBook } from '../speed/speed-book.ts'
import { detailOf } from './detail.ts'
import { DetailBlocks } from './detail-blocks.ts'
import { Files } from './files.ts'
import { logParts } from './log-parts.ts'
import { Rows } from './rows.ts'
import { Spreads } from './spread.ts'

/** Results after which a word of progress is due. */
const TELL_EVERY = 5_000

/** What was gathered from all results of a session. */
export interface Collected {
  rows: Rows
  details: DetailBlocks
  files: Files
  /** For each loadout of the report. */
  spreads: readonly Spreads[]
  speeds: SpeedBook
  /** What the metrics are that scenarios made up. */
  measures: ReadonlyMap<string, OwnMeasure>
}

/** Goes through all results once. */
export async function collect(
  report: SessionReport,
  results: AsyncIterable<ReportedResult>,
  onProgress: (sentence: string) => void,
): Promise<Collected> {
  const { directory, loadouts, causes } = report
  const rows = new Rows(
    loadouts.map(({ counts }) => counts),
    causes.map(({ id }) => id),
  )
  const details = new DetailBlocks()
  const files = new Files(directory)
  const spreads = loadouts.map(() => new Spreads())
  const speeds = new SpeedBook({ all: true })
  const measures = new Map<string, OwnMeasure>()
  const places = new Map(loadouts.map((one, index) => [loadoutKey(one), index]))
  let read = 0
  for await (const result of results) {
    const loadout = places.get(loadoutKey(result)) ?? -1
    spreads[loadout]?.add(result)
    speeds.add(result)
    for (const [key, own] of Object.entries(result.measures ?? {})) measures.set(key, own)
    read += 1
    if (read % TELL_EVERY === 0) onProgress(`report.html: ${read.toLocaleString('en')} results`)
    if (!rows.takeRoom(result, loadout)) continue
    rows.add(result, loadout, await blockOf(result, rows.length, { directory, details, files }))
  }
  await details.end()
  return { rows, details, files, spreads, speeds, measures }
}

async function blockOf(
  result: ReportedResult,
  row: number,
  { directory, details, files }: { directory: string; details: DetailBlocks; files: Files },
): Promise<number> {
  const passed = result.status === 'PASSED'
  if (!details.hasRoom(passed)) return -1
  const logs = await logParts(directory, result.logs)
  return details.add(await detailOf(result, row, { files, logs }), passed)
}
