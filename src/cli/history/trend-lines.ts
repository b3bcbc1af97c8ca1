import pc from 'picocolors'
import { glyphsFor } from '../../dashboard/glyphs.ts'
import { clean, cut } from '../../dashboard/text.ts'
import { formatNumber, formatOf, formatShare } from '../../report/numbers.ts'
import { ratioNumber, ratioText } from '../../report/speed/text.ts'
import { type Scale, scaleOf, sparkline } from '../../report/trend/sparkline.ts'
import type { Point, Series, Trend } from '../../report/trend/types.ts'
import { type Column, tableLines } from '../sessions/table.ts'
import { counted } from '../sessions/words.ts'
import { leftOutLines } from './left-out-lines.ts'

interface Look {
  columns: number
  colors: boolean
  env: NodeJS.ProcessEnv
}

/** The newest points of a line; the rest is in --json. */
const MOST_POINTS = 30
const LEAST_NAME = 16
/** What the other columns of the table take at most. */
const FIGURES_WIDTH = 46
/** Runs that are named of those whose numbers are no match. */
const MOST_REMARKS = 10
/** Scenarios that are named of those that a ratio is without. */
const MOST_WITHOUT = 3
/** Times differ by a tenth of it on quiet nights: a line that shows less than that shows noise. */
const LEAST_SPAN = 1.1

const COLUMNS: readonly Column[] = [
  { title: 'LOADOUT' },
  { title: 'NEWEST', side: 'right' },
  { title: '95 %', side: 'right' },
  { title: 'N', side: 'right' },
  { title: 'OF' },
  { title: 'RANGE', side: 'right' },
  { title: 'RUNS' },
]

/** A trend for people: a line for each series, and the runs themselves where there is but one. */
export function trendLines(trend: Trend, look: Look): string[] {
  const { metric, series, sessions } = trend
  const paint = pc.createColors(look.colors)
  const notes = notesOf(trend).map((line) => paint.dim(line))
  if (series.length === 0) {
    const runs = sessions.length === 1 ? '1 run' : `${sessions.length} runs`
    return [`No result of ${runs} tells ${metric}.`, ...notes]
  }
  const spark = Math.min(MOST_POINTS, Math.max(5, sessions.length))
  const longest = Math.max(LEAST_NAME, look.columns - spark - FIGURES_WIDTH)
  const rows = series.map((one) => [
    cut(clean(nameOf(one)), longest),
    ...figuresOf(one, trend),
    sparkOf(one, trend, look),
  ])
  const table = filledColumns(rows, (text, row) => (row === null ? paint.dim(text) : text))
  const lines = [titleOf(trend), '', ...table]
  if (series.length === 1) lines.push('', ...runLines(series[0]!, metric))
  return notes.length > 0 ? [...lines, '', ...notes] : lines
}

/** A table without the columns that have nothing to say. */
function filledColumns(
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number | null) => string,
): string[] {
  const shown = COLUMNS.map((_, at) => rows.some((row) => row[at] !== ''))
  const columns = COLUMNS.filter((_, at) => shown[at])
  return tableLines(
    columns,
    rows.map((row) => row.filter((_, at) => shown[at])),
    paint,
  )
}

/** `tps of 28 runs of whole plans, 2026-02-01 to 2026-03-02; higher is better`. */
function titleOf({ metric, better, sessions, series }: Trend): string {
  const times = series.flatMap(({ points }) => points.map(({ startedAt }) => startedAt))
  const days = times
    .filter((time) => time !== null)
    .map(dayOf)
    .toSorted()
  const [first, last] = [days[0], days.at(-1)]
  const when = first === undefined ? '' : first === last ? `, ${first}` : `, ${first} to ${last}`
  const way = better === null ? '' : `; ${better} is better`
  const runs = sessions.length === 1 ? '1 run' : `${sessions.length} runs`
  return `${metric} of ${runs}${when}${way}`
}

/** The newest value that is known, with its day where it is not of the last run, and how far all of them reach. */
function figuresOf({ points, measured }: Series, { metric, sessions }: Trend): string[] {
  const known = points.filter(({ value }) => value !== null)
  const newest = known.at(-1)
  const { low, high } = scaleOf(known.map(({ value }) => value))
  return [
    text(metric, measured, newest?.value ?? 0),
    newest === undefined ? '' : intervalText(metric, measured, newest),
    String(newest?.n ?? 0),
    newest?.startedAt && newest.session !== sessions.at(-1) ? dayOf(newest.startedAt) : '',
    spanText(metric, measured, { low, high }),
  ]
}

/** A pass rate is drawn on all of its scale; of ratios and times a wiggle of a few per cent is no mountain. */
function sparkOf({ points, measured }: Series, { sessions }: Trend, look: Look): string {
  const bySession = new Map(points.map(({ session, value }) => [session, value]))
  const values = sessions.slice(-MOST_POINTS).map((session) => bySession.get(session) ?? null)
  const isAscii = glyphsFor(look.env, process.platform).full === '#'
  const { low, high } = scaleOf(values)
  if (measured === 'share') return sparkline(values, { isAscii, scale: { low: 0, high: 1 } })
  if (low <= 0 || high / low >= LEAST_SPAN ** 2) return sparkline(values, { isAscii })
  const middle = Math.sqrt(low * high)
  const scale = { low: middle / LEAST_SPAN, high: middle * LEAST_SPAN }
  return sparkline(values, { isAscii, scale })
}

function runLines({ points, measured }: Series, metric: string): string[] {
  const rows = points.map((point) => [
    (point.startedAt ?? '').slice(0, 16).replace('T', ' '),
    point.session,
    point.value === null ? 'unknown' : text(metric, measured, point.value),
    intervalText(metric, measured, point),
    `n ${point.n}`,
    withoutText(point),
  ])
  const columns: Column[] = [{ title: '' }, { title: '' }, { title: '', side: 'right' }]
  columns.push({ title: '', side: 'right' }, { title: '' }, { title: '' })
  return tableLines(columns, rows).slice(1)
}

function withoutText({ without }: Point): string {
  if (without.length === 0) return ''
  const named = without.slice(0, MOST_WITHOUT).map(clean).join(', ')
  const more = without.length - MOST_WITHOUT
  return `without ${named}${more > 0 ? ` and ${more} more` : ''}`
}

/** What ratios are of, and what is not among the numbers. */
function notesOf(trend: Trend): string[] {
  const { metric, series, hosts, silent, remarks, left_out } = trend
  const references = Map.groupBy(
    series.flatMap((one) => (one.reference === null ? [] : [{ one, of: one.reference }])),
    ({ of }) => of.session,
  )
  const ratios = [...references].map(([session, all]) => {
    const day = all[0]?.of.startedAt ? `${dayOf(all[0].of.startedAt)}, ` : ''
    const whose = references.size > 1 ? `${all.map(({ one }) => nameOf(one)).join(', ')}: ` : ''
    return `× is beside the run of ${day}${session}: ${whose}geometric mean over the scenarios that passed in both.`
  })
  return [
    ...ratios,
    ...(hosts.length > 1
      ? [
          `They ran on ${counted(hosts.length, 'machine')}, ${hosts.join(', ')}: that alone may make a difference.`,
        ]
      : []),
    ...(silent.length > 0 ? [`Without ${metric}: ${silent.join(', ')}.`] : []),
    ...remarkLines(remarks),
    ...leftOutLines(left_out),
  ].map(clean)
}

/** Why runs are no match for the others; of many the newest. */
function remarkLines(remarks: Trend['remarks']): string[] {
  if (remarks.length === 0) return []
  const shown = remarks.slice(-MOST_REMARKS)
  const more = remarks.length - shown.length
  return [
    `Of ${counted(remarks.length, 'run')} the numbers are no match for those of others:`,
    ...shown.map(({ session, text: why }) => `  ${session}: ${why}`),
    ...(more > 0 ? [`  and ${more} older`] : []),
  ]
}

function nameOf({ domain, loadout, scenario }: Series): string {
  return [domain, loadout, ...(scenario === null ? [] : [`› ${scenario}`])].join(' ')
}

function text(metric: string, measured: Series['measured'], value: number): string {
  if (measured === 'share') return formatShare(value)
  return measured === 'ratio' ? ratioText(value) : formatOf(metric, value)
}

function intervalText(metric: string, measured: Series['measured'], { interval }: Point): string {
  return interval === null ? '' : spanText(metric, measured, interval)
}

/** `0.93–1.04 ×`, `1.2–1.4 s`, `78–95 %`: the unit stands once. */
function spanText(metric: string, measured: Series['measured'], { low, high }: Scale): string {
  const [from, to] = [text(metric, measured, low), text(metric, measured, high)]
  if (from === to) return to
  if (measured === 'ratio') return `${ratioNumber(low)}–${to}`
  if (measured === 'share') return `${formatNumber(low * 100)}–${to}`
  return `${formatNumber(to.endsWith(' ms') ? low * 1_000 : low)}–${to}`
}

function dayOf(time: string): string {
  return time.slice(0, 10)
}
