import { own } from '../../host/own.ts'
import { ERROR_COUNTS } from '../../metrics/error-counts.ts'
import { doubtOf, metricOf, type ResultDetail, run } from './data.ts'
import { h, table } from './dom.ts'
import { direction, DOUBTFUL_MARK, measured } from './format.ts'

const COUNTS = new Set(Object.values(ERROR_COUNTS))
/** Numbers of a list that stand in the table. */
const MOST_LISTED = 8

/** All metrics of a result, with what they mean; null where it has none. */
export function metricsBlock({ metrics, derived, row }: ResultDetail): HTMLElement | null {
  const known = Object.keys(run.metrics)
  // The gaps between chunks are drawn above.
  const keys = Object.keys(metrics)
    .filter((key) => key !== 'itl')
    .toSorted((a, b) => rank(known, a) - rank(known, b))
  if (keys.length === 0) return null
  const lines = keys.map((key) => {
    const { title, definition, source } = metricOf(key)
    const doubt = doubtOf(key, row)
    const computed = derived.includes(key) ? 'Computed for this report. ' : ''
    return [
      h('bdi', { title: source === null ? key : `${key}, as in ${source}` }, title),
      h(
        'span',
        { class: 'value' },
        (doubt === null ? '' : DOUBTFUL_MARK) + valueText(key, own(metrics, key) ?? null),
      ),
      h(
        'span',
        { class: 'muted' },
        doubt !== null && h('strong', null, `In doubt. ${doubt} `),
        computed + [definition, direction(key)].filter(Boolean).join('; '),
      ),
    ]
  })
  return h(
    'section',
    { class: 'part' },
    h('h3', null, 'Metrics'),
    table(['Metric', { text: 'Value', number: true }, 'What it is'], lines, 'Metrics'),
  )
}

function valueText(key: string, value: number | string | number[] | null): string {
  if (typeof value === 'number') return measured(key, value)
  if (!Array.isArray(value)) return value ?? '–'
  if (COUNTS.has(key)) {
    return value.map((count, at) => `${'SDIH'[at] ?? ''} ${count}`).join('  ')
  }
  const shown = value.slice(0, MOST_LISTED).map((one) => measured(key, one))
  const more = value.length - shown.length
  return more > 0 ? `${value.length} values` : shown.join(', ')
}

function rank(known: readonly string[], key: string): number {
  const at = known.indexOf(key)
  return at < 0 ? known.length : at
}
