import { join } from 'node:path'
import type { EventOf, JournalEntry } from '../../events/index.ts'
import { openRegularFile } from '../../host/regular-file.ts'
import { readJournal } from '../../session/journal/journal-reader.ts'
import { bytesOf, type CutLine, LineCutter } from '../../session/journal/line-cutter.ts'
import { TELEMETRY_FILE } from '../../session/projections/telemetry-file.ts'
import type { ReportedSample } from './types.ts'

/** A longer one is none of ours. */
const LONGEST_LINE_BYTES = 64 * 1024

/**
 * The machine during a run, sample by sample: from the journal, or from `telemetry.csv` where that has none.
 *
 * @yields one sample after the other
 */
export async function* readSamples(directory: string): AsyncGenerator<ReportedSample> {
  let isInJournal = false
  for await (const entry of readJournal(directory)) {
    if (entry.type !== 'sample') continue
    isInJournal = true
    yield sampleOf(entry)
  }
  if (!isInJournal) yield* tableSamples(join(directory, TELEMETRY_FILE))
}

/** A sample as reports have it. */
export function sampleOf(
  entry: EventOf<'sample'> & Pick<JournalEntry, 'time' | 'from_part'>,
): ReportedSample {
  const { from_part: part, time, gpus, stale, interval, cpu, ram_used: ramUsed } = entry
  return {
    ...(part !== undefined && { part }),
    time,
    gpus: gpus.map(({ index, name, vram_used: vramUsed, vram_total: vramTotal, utilization }) => {
      return { index, name, vramUsed, vramTotal, utilization }
    }),
    stale,
    interval,
    cpu,
    ramUsed,
  }
}

type TableSample = ReportedSample & { gpus: ReportedSample['gpus'][number][] }

async function* tableSamples(path: string): AsyncGenerator<ReportedSample> {
  let header: string[] | null = null
  let sample: TableSample | null = null
  for await (const line of linesOf(path)) {
    const cells = cellsOf(line)
    if (header === null) {
      header = cells
      continue
    }
    const names = header
    const cell = (name: string): string => cells[names.indexOf(name)] ?? ''
    const time = cell('time')
    // Cut off, or a line of something else.
    if (cells.length !== names.length || Number.isNaN(Date.parse(time))) continue
    if (sample === null || sample.time !== time) {
      if (sample !== null) yield sample
      sample = {
        time,
        gpus: [],
        stale: cell('gpu_figures_stale') === 'true',
        interval: null,
        cpu: numberIn(cell('cpu_share')),
        ramUsed: numberIn(cell('ram_used_gb')) ?? 0,
      }
    }
    const index = numberIn(cell('gpu_index'))
    if (index === null) continue
    sample.gpus.push({
      index,
      name: cell('gpu_name'),
      vramUsed: numberIn(cell('vram_used_gb')),
      vramTotal: numberIn(cell('vram_total_gb')),
      utilization: numberIn(cell('gpu_utilization_share')),
    })
  }
  if (sample !== null) yield sample
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await openRegularFile(path).catch(() => null)
  if (file === null) return
  const cutter = new LineCutter()
  const text = (line: CutLine): string =>
    line.end - line.start > LONGEST_LINE_BYTES ? '' : bytesOf(line).toString().replace(/\r$/, '')
  for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) {
    yield* cutter.take(chunk).map(text)
  }
  const rest = cutter.rest()
  if (rest !== null) yield text(rest)
}

/** The cells of a line of CSV without line breaks in cells. */
function cellsOf(line: string): string[] {
  const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}

function numberIn(cell: string): number | null {
  const value = cell === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value) ? value : null
}
