import { axisX, dot, gridX, ruleX, ruleY, text, tickX } from '@observablehq/plot'
import { certaintyText, ratioText } from '../speed/text.ts'
import { loadoutOf, type PageSpeed, rows } from './data.ts'
import { h } from './dom.ts'
import { middle } from './format.ts'
import { chart } from './plot.ts'
import { linkTo } from './state.ts'

const ROW_HEIGHT = 44
const LETTER_WIDTH = 6.9
const LABEL_LETTER_WIDTH = 6
/** Ratios so many times beyond the largest mean are gathered at the edge instead of squeezing all others. */
const FAR = 2

interface Dot {
  name: string
  loadout: string
  scenario: string
  ratio: number
  /** From −2 to 2: dots of the same value lie beside each other. */
  side: number
}

/** Each scenario's ratio to the fastest loadout, and of each loadout what they come to together. */
export function ratioChart({ ranking, scenarios }: PageSpeed): HTMLElement {
  const lines = ranking.ranks.map((one) => ({
    name: one.title,
    ratio: one.ratio,
    low: one.interval?.low ?? one.ratio,
    high: one.interval?.high ?? one.ratio,
    label: `${ratioText(one.ratio)}\n${certaintyText(one, ranking.n).replace(', in', '\nin')}`,
  }))
  const dots = ranking.ranks.flatMap(({ title: name, loadout }, at) =>
    scenarios.map(({ name: scenario, ratios }, other): Dot => {
      return { name, loadout, scenario, ratio: ratios[at] ?? 1, side: ((other * 2) % 5) - 2 }
    }),
  )
  const most = Math.max(...lines.map(({ ratio }) => ratio)) * FAR
  const largest = Math.max(...lines.map(({ high }) => high), ...dots.map(({ ratio }) => ratio), 1)
  const edge = Math.min(largest, most)
  const beyond = dots.filter(({ ratio }) => ratio > edge).length
  const about = `${ranking.title} by loadout: ${lines
    .map(({ name, label }) => `${name} ${label.replaceAll('\n', ', ')}`)
    .join('; ')}`
  const drawing = chart(
    about,
    (width) => {
      const letters = width < 520 ? 18 : 34
      const longest = Math.max(...lines.map(({ name }) => Math.min(letters, name.length)))
      return {
        width,
        height: lines.length * ROW_HEIGHT + 52,
        marginLeft: longest * LETTER_WIDTH + 16,
        marginRight: 16 + Math.max(...lines.flatMap(({ label }) => widthOf(label))),
        marginTop: 4,
        marginBottom: 38,
        x: { domain: [0, edge * 1.05], clamp: true },
        y: {
          label: null,
          domain: lines.map(({ name }) => name),
          tickFormat: (name: string) => middle(name, letters),
          tickSize: 0,
          padding: 0.35,
        },
        marks: [
          gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
          axisX({ label: '× of the fastest', ticks: width < 480 ? 3 : 6, tickSize: 0 }),
          ruleX([1], { stroke: 'var(--line-strong)' }),
          ...[-2, -1, 0, 1, 2].map((side) =>
            dot(
              dots.filter((one) => one.side === side),
              {
                y: 'name',
                x: 'ratio',
                dy: side * 4,
                r: 2.2,
                fill: 'var(--dot)',
                fillOpacity: 0.55,
                title: ({ scenario, ratio }: Dot) => `${scenario}\n${ratioText(ratio)}`,
                tip: side === 0 ? { anchor: 'bottom' } : false,
              },
            ),
          ),
          ruleY(lines, {
            y: 'name',
            x1: 'low',
            x2: 'high',
            stroke: 'var(--accent)',
            strokeWidth: 3,
          }),
          tickX(lines, { y: 'name', x: 'ratio', stroke: 'var(--ink)', strokeWidth: 2 }),
          text(lines, {
            y: 'name',
            frameAnchor: 'right',
            textAnchor: 'start',
            dx: 8,
            text: 'label',
            fill: 'var(--ink)',
            lineHeight: 1.2,
          }),
        ],
      }
    },
    (datum) => {
      const result = resultOf(ranking.domain, datum as Dot)
      if (result !== undefined) location.hash = linkTo({ view: 'results', result })
    },
  )
  if (beyond === 0) return drawing
  const values = beyond === 1 ? '1 far larger ratio is' : `${beyond} far larger ratios are`
  return h('div', null, drawing, h('p', { class: 'muted' }, `${values} drawn at the right edge.`))
}

/** How wide the lines of a label are, in pixels. */
function widthOf(label: string): number[] {
  return label.split('\n').map((line) => line.length * LABEL_LETTER_WIDTH)
}

/** The first result of a scenario on a loadout; undefined where the page has none. */
function resultOf(domain: string, { loadout, scenario }: Dot): string | undefined {
  const row = rows.name.findIndex((name, at) => {
    const own = loadoutOf(at)
    return name === scenario && own?.domain === domain && own.loadout === loadout
  })
  return rows.id[row]
}
