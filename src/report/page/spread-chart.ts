import { axisX, barX, dot, gridX, ruleY, text, tickX } from '@observablehq/plot'
import {
  metricOf,
  numberOf,
  type PageLoadout,
  rowCount,
  rows,
  type ScenarioStatus,
  statusOf,
} from './data.ts'
import { h } from './dom.ts'
import { axisUnit, measured, middle, onAxis } from './format.ts'
import { chart } from './plot.ts'
import { linkTo } from './state.ts'

/** Dots of one loadout; of more results every n-th is drawn. */
const MOST_DOTS = 250
/** Values so many times beyond the 95 % mark are gathered at the edge instead of squeezing all others. */
const FAR = 3
const ROW_HEIGHT = 44
const LETTER_WIDTH = 6.9

interface Line {
  loadout: PageLoadout
  index: number
  name: string
}

interface Dot {
  name: string
  value: number
  /** From −1 to 1: dots of the same value lie beside each other. */
  side: number
  status: ScenarioStatus
  row: number
}

/** One metric on each loadout, below each other on one scale. */
export function spreadChart(key: string, lines: readonly Line[]): HTMLElement {
  const dots = lines.flatMap((line) => dotsOf(key, line))
  const spreads = lines.map(({ loadout, name }) => ({ name, ...scaled(key, loadout) }))
  const most = Math.max(...spreads.map(({ high }) => high), 0)
  const largest = Math.max(...dots.map(({ value }) => value), most)
  const edge = largest > most * FAR && most > 0 ? most * 1.5 : largest
  const beyond = dots.filter(({ value }) => value > edge).length
  const about = `${metricOf(key).title} by loadout: ${spreads
    .map(({ name, label }) => `${name} ${label}`)
    .join('; ')}`
  const drawing = chart(
    about,
    (width) => {
      const letters = width < 520 ? 18 : 34
      const longest = Math.max(...lines.map(({ name }) => Math.min(letters, name.length)))
      return {
        width,
        height: lines.length * ROW_HEIGHT + 44,
        marginLeft: longest * LETTER_WIDTH + 16,
        marginRight: 76,
        marginTop: 4,
        x: { domain: [0, edge * 1.02 || 1], clamp: true },
        y: {
          label: null,
          domain: lines.map(({ name }) => name),
          tickFormat: (name: string) => middle(name, letters),
          tickSize: 0,
          padding: 0.35,
        },
        marks: [
          gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
          axisX({ label: axisUnit(key), ticks: 5, tickSize: 0 }),
          ruleY(spreads, { y: 'name', x1: 'low', x2: 'high', stroke: 'var(--accent)' }),
          barX(spreads, {
            y: 'name',
            x1: 'quarter',
            x2: 'upper',
            fill: 'var(--box)',
            stroke: 'var(--accent)',
            rx: 2,
          }),
          ...[-2, -1, 0, 1, 2].map((side) =>
            dot(
              dots.filter((one) => one.side === side),
              {
                y: 'name',
                x: 'value',
                dy: side * 4,
                r: 2.2,
                fill: ({ status }: Dot) => (status === 'FAILED' ? 'var(--failed)' : 'var(--dot)'),
                fillOpacity: 0.55,
                title: ({ row, value }: Dot) =>
                  `${rows.name[row]}\n${measured(key, offAxis(key, value))}`,
                tip: side === 0 && dots.length < 2_000 ? { anchor: 'bottom' } : false,
              },
            ),
          ),
          tickX(spreads, { y: 'name', x: 'median', stroke: 'var(--ink)', strokeWidth: 2 }),
          text(spreads, {
            y: 'name',
            frameAnchor: 'right',
            textAnchor: 'start',
            dx: 8,
            text: ({ label, n }: (typeof spreads)[number]) =>
              `${label}\nn ${n.toLocaleString('en')}`,
            fill: 'var(--ink)',
            lineHeight: 1.2,
          }),
        ],
      }
    },
    (datum) => {
      const { row } = datum as Dot
      location.hash = linkTo({ view: 'results', result: rows.id[row] ?? '' })
    },
  )
  if (beyond === 0) return drawing
  const values = beyond === 1 ? '1 far larger value is' : `${beyond} far larger values are`
  return h('div', null, drawing, h('p', { class: 'muted' }, `${values} drawn at the right edge.`))
}

function scaled(
  key: string,
  { spreads }: PageLoadout,
): {
  low: number
  quarter: number
  median: number
  upper: number
  high: number
  n: number
  label: string
} {
  const spread = spreads[key]
  const at = (value: number | undefined): number => onAxis(key, value ?? 0)
  return {
    low: at(spread?.low),
    quarter: at(spread?.quarter),
    median: at(spread?.median),
    upper: at(spread?.upper),
    high: at(spread?.high),
    n: spread?.n ?? 0,
    label: measured(key, spread?.median ?? null),
  }
}

function dotsOf(key: string, { index, name }: Line): Dot[] {
  const found: number[] = []
  for (let row = 0; row < rowCount; row += 1) {
    if (rows.loadout[row] !== index) continue
    if (numberOf(key, row) !== null) found.push(row)
  }
  const step = Math.ceil(found.length / MOST_DOTS)
  return found
    .filter((_, at) => at % Math.max(1, step) === 0)
    .map((row, at) => {
      const value = numberOf(key, row) ?? 0
      return {
        name,
        row,
        value: onAxis(key, value),
        side: ((at * 2) % 5) - 2,
        status: statusOf(row),
      }
    })
}

function offAxis(key: string, value: number): number {
  return value / onAxis(key, 1)
}
