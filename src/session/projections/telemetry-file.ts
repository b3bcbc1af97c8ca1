import { csvText } from '../../host/csv.ts'
import type { EventOf, JournalEntry } from '../../events/index.ts'
import { oneLine } from './progression.ts'

export const TELEMETRY_FILE = 'telemetry.csv'

/** The first line of `telemetry.csv`; shares are from 0 to 1. */
export const TELEMETRY_HEADER = `${[
  'time',
  'gpu_index',
  'gpu_name',
  'vram_used_gb',
  'vram_total_gb',
  'gpu_utilization_share',
  'gpu_throttled',
  'gpu_figures_stale',
  'cpu_share',
  'ram_used_gb',
  'ram_total_gb',
  'swap_used_gb',
].join(',')}\n`

/** The same of a merged session, where each line ends with the part that has told it. */
export function telemetryHeader(isMerged: boolean): string {
  return isMerged ? TELEMETRY_HEADER.replace('\n', ',part\n') : TELEMETRY_HEADER
}

/** The lines of a sample, each with its line break: one for each GPU, or one where there is none. */
export function telemetryLines({
  time,
  ...sample
}: EventOf<'sample'> & Pick<JournalEntry, 'time' | 'from_part'>): string[] {
  const { gpus, stale, cpu, ram_used, ram_total, swap_used, from_part } = sample
  const end = from_part === undefined ? [] : [from_part]
  const rows = gpus.map(({ index, name, vram_used, vram_total, utilization, throttled }) => {
    return [index, quoted(name), vram_used, vram_total, utilization, throttled, stale]
  })
  const none = [null, null, null, null, null, null, null]
  return (rows.length > 0 ? rows : [none]).map(
    (row) => `${[time, ...row, cpu, ram_used, ram_total, swap_used, ...end].map(cell).join(',')}\n`,
  )
}

const cell = (value: string | number | boolean | null): string => (value === null ? '' : `${value}`)

/** A name comes from a tool: it is no formula, and never more than one cell. */
const quoted = (name: string): string => csvText(oneLine(name))
