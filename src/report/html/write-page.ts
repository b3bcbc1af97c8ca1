import { join, resolve } from 'node:path'
import { replaceFileWith, writeAll } from '../../host/durable-file.ts'
import { readRun, readSamples } from '../session/index.ts'
import { readAssets } from './assets.ts'
import { collect } from './collect.ts'
import { pageText } from './document.ts'
import { headerHtml } from './header.ts'
import { pageData } from './page-data.ts'
import { MachineCurve } from './samples.ts'

/** Name of the page in a session's folder. */
export const PAGE_FILE = 'report.html'

const WRITE_AT_ONCE = 1 << 20

/**
 * Writes the page of a session into its folder and answers with its path: one file that needs no other to be
 * looked at.
 *
 * @throws JarvisError USAGE for what is no session or was written by a newer version of jarvis
 */
export async function writePage(
  directory: string,
  { onProgress = () => {} }: { onProgress?: (sentence: string) => void } = {},
): Promise<string> {
  const machine = new MachineCurve()
  const [assets, { session: report, results }] = await Promise.all([
    readAssets(),
    readRun(resolve(directory), undefined, (sample) => machine.add(sample)),
  ])
  const collected = await collect(report, results(), onProgress)
  // A journal without any may have a table beside it.
  if (machine.isEmpty) {
    for await (const sample of readSamples(report.directory)) machine.add(sample)
  }
  const data = pageData(report, collected, machine)
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
