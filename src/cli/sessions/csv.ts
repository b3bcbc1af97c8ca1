import { withSigns } from '../../host/plain-text.ts'
import { csvText } from '../../host/csv.ts'
import { metricOf, metrics } from '../../metrics/index.ts'
import type { ReportedResult, SessionReport } from '../../report/session/index.ts'

const LINE_END = '\r\n'

type Value = string | number | boolean | null | undefined

/** A column of the table: its title, and what stands in it. */
interface Column {
  title: string
  of: (result: ReportedResult, session: SessionReport) => Value
}

/** Metrics that belong to the loadout of a result, not to the result. */
const LOADOUT_METRICS = {
  vram_after: 'vramAfter',
  cleanup_time: 'cleanupTime',
} as const

const IDENTITY: readonly Column[] = [
  { title: 'session', of: (_, session) => session.name },
  { title: 'plan', of: (_, session) => session.plan?.name },
  { title: 'git_commit', of: (_, session) => session.git?.commit },
  { title: 'host', of: ({ host }, session) => host ?? session.machine?.name },
  { title: 'gpu', of: ({ gpu }, session) => gpu ?? session.host?.gpus[0]?.model },
  { title: 'driver', of: (_, session) => session.host?.gpus[0]?.driver },
  { title: 'domain', of: ({ domain }) => domain },
  { title: 'loadout', of: ({ loadout }) => loadout },
  { title: 'models', of: ({ models }) => models.join(' + ') },
  { title: 'name', of: ({ name }) => name },
  { title: 'status', of: ({ status }) => status },
  { title: 'started_at', of: (result) => result.started_at },
  { title: 'duration', of: ({ duration }) => duration },
  { title: 'cold', of: ({ cold }) => cold },
  { title: 'repeat', of: ({ repeat }) => repeat },
  { title: 'retries', of: ({ retries }) => retries },
  { title: 'flags', of: ({ flags }) => flags.join(' ') },
]

const TEXTS: readonly Column[] = [
  { title: 'cause', of: ({ cause }) => cause },
  { title: 'error', of: ({ errors }) => errors[0]?.message },
  { title: 'expected', of: ({ errors }) => errors[0]?.expected },
  { title: 'actual', of: ({ errors }) => errors[0]?.actual },
  { title: 'input_text', of: (result) => result.input_text },
  { title: 'output_text', of: (result) => result.output_text },
  { title: 'input_file', of: (result) => result.input_file },
  { title: 'output_file', of: (result) => result.output_file },
  { title: 'logs', of: ({ logs }) => [...new Set(logs.map(({ file }) => file))].join(' ') },
  { title: 'derived', of: ({ derived }) => derived.join(' ') },
  { title: 'file', of: ({ file }) => file },
  { title: 'id', of: ({ id }) => id },
]

/** Keys of the metrics of results that are not in the catalogue. */
export function ownKeys(result: ReportedResult): string[] {
  return Object.keys(result.metrics).filter((key) => metricOf(key) === undefined)
}

/**
 * A table as RFC 4180 has it: lines end in CR LF, the first one holds the titles. A column for each metric of the
 * catalogue, in its order, then for each of `own`. What is not known is an empty cell; a list is JSON; a text that
 * a spreadsheet would take for a formula has an apostrophe before it.
 */
export function csvTable(own: readonly string[]): {
  header: string
  row(result: ReportedResult, session: SessionReport): string
} {
  const columns = [...IDENTITY, ...metrics.map(({ key }) => metricColumn(key))]
  columns.push(...own.map(metricColumn), ...TEXTS)
  return {
    header: lineOf(columns.map(({ title }) => title)),
    row: (result, session) => lineOf(columns.map(({ of }) => of(result, session))),
  }
}

function metricColumn(key: string): Column {
  return { title: key, of: (result, session) => metricValue(key, result, session) }
}

function metricValue(key: string, result: ReportedResult, session: SessionReport): Value {
  if (
    key === 'setup_time' ||
    key === 'vram_prior' ||
    key === 'vram_loaded' ||
    key === 'vram_peak'
  ) {
    return result[key]
  }
  if (key === 'vram_after' || key === 'cleanup_time') {
    const its = session.loadouts.find(
      ({ domain, loadout }) => domain === result.domain && loadout === result.loadout,
    )
    return its?.[LOADOUT_METRICS[key]]
  }
  const value = Object.hasOwn(result.metrics, key) ? result.metrics[key] : null
  return Array.isArray(value) ? JSON.stringify(value) : value
}

function lineOf(values: readonly Value[]): string {
  return values.map(cell).join(',') + LINE_END
}

function cell(value: Value): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : ''
  if (typeof value === 'boolean') return `${value}`
  // Programs stumble over what a terminal obeys, and people over what they do not see.
  return csvText(withSigns(value.toWellFormed().replaceAll(/\r\n?/g, '\n')))
}
