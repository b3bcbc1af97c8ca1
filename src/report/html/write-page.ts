import { join } from 'node:path'
import { replaceFileWith, writeAll } from '../../host/durable-file.ts'
import { type ReadRun, readSamples } from '../session/index.ts'
import { readAssets } from './assets.ts'
import { collect } from './collect.ts'
import { pageText } from './document.ts'
import { headerHtml } from './header.ts'
import { pageData, type SurveyedPage } from './page-data.ts'

/** Name of the page in a session's folder. */
export const PAGE_FILE = 'report.html'

const WRITE_AT_ONCE = 1 << 20

/**
 * Writes the page of a session that was read into its folder and answers with its path: one file that needs no other
 * to be looked at.
 */
export async function writePage(
  { run, ...surveyed }: SurveyedPage & { run: ReadRun },
  { onProgress = () => {} }: { onProgress?: (sentence: string) => void } = {},
): Promise<string> {
  const { session: report } = run
  const [assets, collected] = await Promise.all([readAssets(), collect(run, onProgress)])
  const { machine, parts } = surveyed.survey
  // A journal without any may have a table beside it.
  if (machine.isEmpty && parts.size === 0) {
    for await (const sample of readSamples(report.directory)) machine.add(sample)
  }
  const data = pageData(report, collected, surveyed)
  const origin = data.origin === null ? null : Date.parse(data.origin)
  const pieces = pageText({
    assets,
    header: headerHtml(report),
    data,
    rows: collected.rows.columns(origin),
    details: collected.details.blocks,
    files: collected.files.blocks,
  })
  const path = join(report.directory, PAGE_FILE)
  await replaceFileWith(path, async (file) => {
    let position = 0
    let waiting: string[] = []
    let size = 0
    const write = async (): Promise<void> => {
      const bytes = Buffer.from(waiting.join(''))
      await writeAll(file, bytes, position)
      position += bytes.length
      waiting = []
      size = 0
    }
    for (const piece of pieces) {
      waiting.push(piece)
      size += piece.length
      // oxlint-disable-next-line no-await-in-loop -- in order, so that little of it is in memory
      if (size >= WRITE_AT_ONCE) await write()
    }
    await write()
  })
  return path
}
