import { loadoutName, metricOf, type PageLoadout, run } from './data.ts'
import { type Child, h } from './dom.ts'
import { scatters } from './scatter.ts'
import { direction } from './format.ts'
import { spreadChart } from './spread-chart.ts'

const FIRST = ['ttft', 'tps', 'rtf', 'wer']
const MOST_CHARTS = 12

/** How each metric spreads on each loadout, and speed against accuracy. */
export function charts(): HTMLElement {
  const keys = keysOfCharts()
  const figures: Child[] = keys.map(figure)
  if (figures.length === 0) {
    figures.push(h('p', { class: 'muted' }, 'No result has a metric that could be drawn.'))
  }
  return h(
    'div',
    { class: 'stack' },
    h(
      'p',
      { class: 'muted note' },
      'A dot is a result, red where it failed. The box holds the middle half of all values, the line inside it is ' +
        'the median, the thin line reaches from 5 % to 95 %. Cold starts stay out of TTFT.',
    ),
    h('div', { class: 'figures' }, ...scatters(), ...figures),
  )
}

function figure(key: string): HTMLElement {
  const { title, definition } = metricOf(key)
  return h(
    'section',
    { class: 'card', 'aria-label': title },
    h('h2', null, title, h('span', { class: 'muted' }, ` ${direction(key)}`)),
    h('p', { class: 'muted' }, definition),
    spreadChart(key, loadoutsWith(key)),
  )
}

function loadoutsWith(key: string): { loadout: PageLoadout; index: number; name: string }[] {
  return run.loadouts
    .map((loadout, index) => ({ loadout, index, name: nameOf(loadout) }))
    .filter(({ loadout }) => loadout.spreads[key] !== undefined)
}

/** Its models, with the domain where another loadout has the same ones. */
export function nameOf(loadout: PageLoadout): string {
  const name = loadoutName(loadout)
  const twins = run.loadouts.filter((other) => loadoutName(other) === name)
  return twins.length > 1 ? `${loadout.domain} ${name}` : name
}

/** The four that matter most first, then what else has a direction, until it is enough. */
function keysOfCharts(): string[] {
  const present = new Set(run.loadouts.flatMap(({ spreads }) => Object.keys(spreads)))
  const others = [...present].filter(
    (key) => !FIRST.includes(key) && metricOf(key).better !== null && key !== 'load_time',
  )
  const order = Object.keys(run.metrics)
  others.sort((a, b) => order.indexOf(a) - order.indexOf(b))
  return [...FIRST.filter((key) => present.has(key)), ...others].slice(0, MOST_CHARTS)
}
