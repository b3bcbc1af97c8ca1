import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EventOf } from '../../events/index.ts'
import { readJournal } from '../../session/journal/journal-reader.ts'
import { TELEMETRY_FILE } from '../../session/projections/telemetry-file.ts'
import type { ReportedSample } from './types.ts'

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

function sampleOf(entry: EventOf<'sample'> & { time: string }): ReportedSample {
  const { time, gpus, stale, cpu, ram_used: ramUsed } = entry
  return {
    time,
    gpus: gpus.map(({ index, name, vram_used: vramUsed, vram_total: vramTotal, utilization }) => {
      return { index, name, vramUsed, vramTotal, utilization }
    }),
    stale,
    cpu,
    ramUsed,
  }
}

type TableSample = ReportedSample & { gpus: ReportedSample['gpus'][number][] }

async function* tableSamples(path: string): AsyncGenerator<ReportedSample> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  let header: string[] | null = null
  let sample: TableSample | null = null
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
  for await (const line of lines) {
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

/** The cells of a line of CSV without line breaks in cells. */
function cellsOf(line: string): string[] {
  const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}

function numberIn(cell: string): number | null {
  const value = cell === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value) ? value : null
}
