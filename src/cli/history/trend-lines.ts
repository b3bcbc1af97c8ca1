import pc from 'picocolors'
import { glyphsFor } from '../../dashboard/glyphs.ts'
import { clean, cut, fit, widthOf } from '../../dashboard/text.ts'
import { measureOf } from '../../report/compare/measure.ts'
import { formatChange, formatNumber, formatShare, unitOf } from '../../report/numbers.ts'
import type { Series, Trend } from '../../report/trend/trend.ts'
import { sparkline } from '../../report/trend/sparkline.ts'

interface Look {
  columns: number
  colors: boolean
  env: NodeJS.ProcessEnv
}

const NUMBER_WIDTH = 10
/** The newest points of a line; the rest is in --json. */
const MOST_POINTS = 30
const LEAST_NAME = 16
/** So many of the runs that are left out are named. */
const MOST_LEFT_OUT = 10
/** A change that is worth a colour. */
const NOTABLE = 0.1

/** A trend for people: a line with a sparkline for each series, and the runs themselves where there is but one series. */
export function trendLines(trend: Trend, look: Look): string[] {
  const { metric, series, sessions, left_out } = trend
  const paint = pc.createColors(look.colors)
  const left = leftOut(left_out).map((line) => paint.dim(line))
  if (series.length === 0) {
    const runs = sessions.length === 1 ? '1 run' : `${sessions.length} runs`
    return [`No result of ${runs} tells ${metric}.`, ...left]
  }
  const names = series.map((one) => clean(nameOf(one)))
  const spark = Math.min(MOST_POINTS, Math.max(5, sessions.length))
  const room = look.columns - spark - NUMBER_WIDTH * 3 - 5
  const width = Math.max(LEAST_NAME, Math.min(room, Math.max(...names.map(widthOf))))
  const head = ['first', 'last', 'change'].map((word) => word.padStart(NUMBER_WIDTH)).join(' ')
  const title = `${metric}${unitOf(metric) === '' ? '' : `,${unitOf(metric)}`}`
  const lines = [paint.dim(`${fit(title, width)} ${head}  runs`)]
  for (const [index, one] of series.entries()) {
    lines.push(`${fit(cut(names[index]!, width), width)} ${numbers(one, trend, look)}`)
  }
  if (series.length === 1) lines.push('', ...runLines(series[0]!, trend))
  return left.length > 0 ? [...lines, '', ...left] : lines
}

function numbers(one: Series, { metric, sessions }: Trend, look: Look): string {
  const paint = pc.createColors(look.colors)
  const known = one.points.flatMap(({ value }) => (value === null ? [] : [value]))
  const [first = 0, last = 0] = [known[0], known.at(-1)]
  const relative = known.length < 2 || first === 0 ? null : (last - first) / Math.abs(first)
  const change = (relative === null ? '' : formatChange(relative)).padStart(NUMBER_WIDTH)
  const better = metric === 'pass_rate' ? 'higher' : measureOf(metric)?.better
  const isNotable = relative !== null && better != null && Math.abs(relative) > NOTABLE
  const isWorse = better === 'lower' ? last > first : last < first
  const colour = isNotable ? (isWorse ? paint.red : paint.green) : (text: string) => text
  const bySession = new Map(one.points.map(({ session, value }) => [session, value]))
  const values = sessions.slice(-MOST_POINTS).map((session) => bySession.get(session) ?? null)
  const isAscii = glyphsFor(look.env, process.platform).full === '#'
  const cells = [first, last].map((value) => text(metric, value).padStart(NUMBER_WIDTH)).join(' ')
  return `${cells} ${colour(change)}  ${sparkline(values, isAscii)}`.trimEnd()
}

function runLines({ points }: Series, { metric }: Trend): string[] {
  return points.map(({ session, startedAt, value, n }) => {
    const when = (startedAt ?? '').slice(0, 16).replace('T', ' ').padEnd(16)
    const shown = value === null ? 'unknown' : text(metric, value)
    return `${when}  ${session}  ${shown.padStart(NUMBER_WIDTH)}  n ${n}`
  })
}

/** Of each run that is left out why; of many the newest. */
function leftOut(runs: Trend['left_out']): string[] {
  if (runs.length === 0) return []
  const shown = runs.slice(-MOST_LEFT_OUT)
  const more = runs.length - shown.length
  return [
    runs.length === 1 ? 'Left out is 1 run:' : `Left out are ${runs.length} runs:`,
    ...shown.map(({ session, why }) => `  ${session}: ${clean(why)}`),
    ...(more > 0 ? [`  and ${more} older`] : []),
  ]
}

function nameOf({ domain, loadout, scenario }: Series): string {
  return [domain, loadout, ...(scenario === null ? [] : [`› ${scenario}`])].join(' ')
}

function text(metric: string, value: number): string {
  return metric === 'pass_rate' ? formatShare(value) : formatNumber(value)
}
