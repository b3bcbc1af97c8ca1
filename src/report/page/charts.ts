import { loadoutName, metricOf, type PageLoadout, type PageSpeed, run } from './data.ts'
import { type Child, foreign, h, section } from './dom.ts'
import { direction } from './format.ts'
import { ratioChart } from './ratio-chart.ts'
import { rankingSentences } from '../speed/text.ts'
import { scatters } from './scatter.ts'
import { spreadChart } from './spread-chart.ts'

/** What is drawn first, in this order, then as the catalogue has them. */
const FIRST = ['tps', 'rtfx', 'ttft', 'ttfa', 'wer', 'match']
const MOST_CHARTS = 16

/** Speed against accuracy, how fast loadouts are beside each other, and how what is not speed spreads. */
export function charts(): HTMLElement {
  const order = [...FIRST, ...Object.keys(run.metrics), 'duration']
  const rankOf = (key: string): number => order.indexOf(key)
  const drawn = [
    ...run.speeds
      .filter(isRanked)
      .map((speed) => ({ key: speed.ranking.metric, make: () => speedFigure(speed) })),
    ...spreadKeys().map((key) => ({ key, make: () => spreadFigure(key) })),
  ].toSorted((a, b) => rankOf(a.key) - rankOf(b.key))
  const figures: Child[] = drawn.slice(0, MOST_CHARTS).map(({ make }) => make())
  if (figures.length === 0) {
    figures.push(h('p', { class: 'muted' }, 'No result has a metric that could be drawn.'))
  }
  return h(
    'div',
    { class: 'stack' },
    h(
      'p',
      { class: 'muted note' },
      'How fast loadouts are is compared within each scenario that passed on all of them. A dot is the ratio of one ' +
        'scenario to the same one on the fastest loadout, the mark the geometric mean of all, the thick line its 95 % ' +
        'interval. In the other charts a dot is a result, red where it failed; the box holds the middle half of all ' +
        'values, the line inside it is the median, the thin line reaches from 5 % to 95 %.',
    ),
    h('div', { class: 'figures' }, ...scatters(), ...figures),
    unranked(),
  )
}

function isRanked({ ranking }: Pick<PageSpeed, 'ranking'>): boolean {
  return ranking.ranks.length > 0
}

/** What loadouts would be ranked by where they cannot be, and why not. */
function unranked(): HTMLElement | null {
  const sentences = run.rankings
    .filter((ranking) => !isRanked({ ranking }))
    .flatMap(rankingSentences)
  if (sentences.length === 0) return null
  const list = h(
    'ul',
    { class: 'muted note' },
    ...sentences.map((one) => h('li', null, foreign(one))),
  )
  return section('Without a rank', list)
}

function speedFigure(speed: PageSpeed): HTMLElement {
  const { domain, metric, title, better } = speed.ranking
  const sentences = rankingSentences(speed.ranking).map((one) =>
    h('p', { class: 'muted' }, withoutHead(one)),
  )
  return h(
    'section',
    { class: 'card', 'aria-label': `${title}, ${domain}` },
    h(
      'h2',
      null,
      title,
      h('span', { class: 'tag domain' }, domain),
      h('span', { class: 'muted' }, ` ${better} is better`),
    ),
    h('p', { class: 'muted' }, metricOf(metric).definition),
    ratioChart(speed),
    ...sentences,
  )
}

/** A sentence without what the heading above it says already. */
function withoutHead(sentence: string): string {
  const rest = sentence.slice(sentence.indexOf(': ') + 2)
  return `${rest.slice(0, 1).toUpperCase()}${rest.slice(1)}`
}

function spreadFigure(key: string): HTMLElement {
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

/** Numbers with a direction that say nothing of speed. */
function spreadKeys(): string[] {
  const present = new Set(run.loadouts.flatMap(({ spreads }) => Object.keys(spreads)))
  return [...present].filter((key) => metricOf(key).better !== null && key !== 'load_time')
}
