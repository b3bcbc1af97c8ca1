import type { LogRange } from '../../events/index.ts'
import { readLogLines } from '../session/index.ts'
import { sharedText, tellingRanges } from '../shared-log.ts'
import { visible } from './escape.ts'
import { MOST_LOG_BYTES, MOST_LOG_LINES, MOST_PARTS } from './limits.ts'
import type { PageLog } from './types.ts'

const MOST_LINE = 500
/** Where it wrote nothing meanwhile, what stands so close to that place in its log is shown. */
const NEAR_BYTES = 200

/** What each service wrote while a scenario ran: the end of it where it is much. */
export async function logParts(directory: string, ranges: readonly LogRange[]): Promise<PageLog[]> {
  const told = tellingRanges(ranges).slice(0, MOST_PARTS)
  return Promise.all(told.map((range) => partOf(directory, range)))
}

async function partOf(directory: string, range: LogRange): Promise<PageLog> {
  const bytes = Math.max(0, range.to - range.from)
  const names = { service: visible(range.service), file: visible(range.file) }
  const part = { ...names, bytes, shared: bytes > 0 ? sharedText(range) : null }
  const options = { maxBytes: MOST_LOG_BYTES, near: NEAR_BYTES }
  const read = await readLogLines(directory, range, options)
  if (read === null) return { ...part, lines: [], cut: false }
  const lines = read.lines.slice(-MOST_LOG_LINES).map((line) => visible(line.slice(0, MOST_LINE)))
  return { ...part, lines, cut: read.cut || lines.length < read.lines.length }
}
