import { loadoutKey } from '../../events/index.ts'
import type { ReadRun, ReportedResult } from '../session/index.ts'
import { detailOf } from './detail.ts'
import { DetailBlocks } from './detail-blocks.ts'
import { Files } from './files.ts'
import { logParts } from './log-parts.ts'
import { Rows } from './rows.ts'

/** Results after which a word of progress is due. */
const TELL_EVERY = 5_000

/** What stands in the page of single results. */
export interface Collected {
  rows: Rows
  details: DetailBlocks
  files: Files
}

/** Goes through all results once. */
export async function collect(
  { session: { directory, loadouts, causes }, each }: ReadRun,
  onProgress: (sentence: string) => void,
): Promise<Collected> {
  const rows = new Rows(
    loadouts.map(({ counts }) => counts),
    causes.map(({ id }) => id),
  )
  const details = new DetailBlocks()
  const files = new Files(directory)
  const places = new Map(loadouts.map((one, index) => [loadoutKey(one), index]))
  let read = 0
  await each((result) => {
    read += 1
    if (read % TELL_EVERY === 0) onProgress(`report.html: ${read.toLocaleString('en')} results`)
    const loadout = places.get(loadoutKey(result)) ?? -1
    if (!rows.takeRoom(result, loadout)) return undefined
    return blockOf(result, rows.length, { directory, details, files }).then((block) => {
      rows.add(result, loadout, block)
    })
  })
  await details.end()
  return { rows, details, files }
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
