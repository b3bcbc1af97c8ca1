import { loadoutKey, type LoadoutName } from '../../events/index.ts'
import type { ReadRun, ReportedResult } from '../session/index.ts'
import { type DetailFiles, detailFiles, detailOf } from './detail.ts'
import { DetailBlocks } from './detail-blocks.ts'
import { Files } from './files.ts'
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
  let heard = 0
  // Most are of the same loadout as the one before.
  let last: { of: LoadoutName; place: number } | null = null
  const loadoutOf = (of: LoadoutName): number => {
    if (last?.of.loadout !== of.loadout || last.of.domain !== of.domain) {
      last = { of, place: places.get(loadoutKey(of)) ?? -1 }
    }
    return last.place
  }
  const take = (result: ReportedResult): Promise<void> | undefined => {
    const loadout = loadoutOf(result)
    if (!details.hasRoom(result.status === 'PASSED')) {
      rows.add(result, loadout, -1)
      return undefined
    }
    const add = (read: DetailFiles): void => {
      const detail = detailOf(result, rows.length, read)
      rows.add(result, loadout, details.add(detail, result.status === 'PASSED'))
    }
    const found = detailFiles(result, directory, files)
    if (found instanceof Promise) return found.then(add)
    add(found)
    return undefined
  }
  await each(take, (glance) => {
    heard += 1
    if (heard % TELL_EVERY === 0) onProgress(`report.html: ${heard.toLocaleString('en')} results`)
    return rows.takeRoom(glance, loadoutOf(glance))
  })
  details.end()
  return { rows, details, files }
}
