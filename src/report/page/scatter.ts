import { axisX, axisY, dot, gridX, gridY, ruleX, ruleY, text } from '@observablehq/plot'
import { certaintyText, ratioText, speedOf } from '../speed/text.ts'
import type { SpeedRanking } from '../speed/types.ts'
import { loadoutKey, loadoutName, type PageLoadout, run } from './data.ts'
import { type Child, h } from './dom.ts'
import { middle, shortModel } from './format.ts'
import { chart } from './plot.ts'
import { linkTo } from './state.ts'

const HEIGHT = 300
const LONGEST_NAME = 30
/** Loadouts that are nearly as fast as each other are drawn as such. */
const LEAST_REACH = 0.2
/** Room at the borders, of what the loadouts span. */
const EDGE = 0.15

interface Accuracy {
  title: string
  better: string
  of: (loadout: PageLoadout) => number | null
}

interface Point {
  name: string
  /** As short as tells it from the others. */
  label: string
  key: string
  x: number
  from: number
  to: number
  y: number
  about: string
  /** Its name stands below it: above would be that of a neighbour. */
  below: boolean
}

/** Speed against accuracy, a drawing for each domain with two loadouts that have both. */
export function scatters(): Child[] {
  const domains = [...new Set(run.loadouts.map(({ domain }) => domain))]
  return domains.map(scatterOf).filter((one) => one !== null)
}

function scatterOf(domain: string): HTMLElement | null {
  const loadouts = run.loadouts.filter((loadout) => loadout.domain === domain)
  const accuracy = accuracyOf(loadouts)
  const speed = run.rankings.find((one) => one.domain === domain && one.aspect === 'throughput')
  if (speed === undefined) return null
  const points = apart(labelled(loadouts.flatMap((loadout) => pointOf(loadout, speed, accuracy))))
  if (points.length < 2) return null
  const { title, better } = speed
  const towards = better === 'lower' ? 'left' : 'right'
  const up = accuracy.better === 'lower' ? 'bottom' : 'top'
  return h(
    'section',
    { class: 'card tall', 'aria-label': `Speed against accuracy, ${domain}` },
    h('h2', null, 'Speed against accuracy', h('span', { class: 'tag domain' }, domain)),
    h(
      'p',
      { class: 'muted' },
      `Each point is a loadout; the line is the 95 % interval of its ratio to the fastest. Best is ${up} ${towards}.`,
    ),
    chart(
      `${title} against ${accuracy.title}: ${points.map(({ about }) => about).join('; ')}`,
      (width) => drawing(width, { points, speed, accuracy }),
      (datum) => {
        location.hash = linkTo({ view: 'results', loadout: (datum as Point).key })
      },
    ),
  )
}

function drawing(
  width: number,
  {
    points,
    speed,
    accuracy,
  }: { points: readonly Point[]; speed: SpeedRanking; accuracy: Accuracy },
): object {
  const most = Math.max(...points.map(({ y }) => y), 1)
  const least = Math.min(...points.map(({ y }) => y))
  const [left, right] = bordersOf(points)
  const isRate = accuracy.better === 'higher'
  return {
    width,
    height: HEIGHT,
    marginLeft: 52,
    marginTop: 24,
    marginRight: 24,
    marginBottom: 40,
    x: { domain: [left, right], clamp: true },
    y: { domain: isRate ? [Math.max(0, least - 15), 104] : [0, most * 1.15] },
    marks: [
      gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 6 }),
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
      axisX({ label: `${speed.title} of the fastest`, ticks: 6, tickSize: 0 }),
      axisY({ label: `${accuracy.title}, %`, ticks: 5, tickSize: 0 }),
      ruleY(points, { x1: 'from', x2: 'to', y: 'y', stroke: 'var(--accent)', strokeOpacity: 0.5 }),
      ruleX([1], { stroke: 'var(--line-strong)' }),
      dot(points, {
        x: 'x',
        y: 'y',
        r: 5,
        fill: 'var(--accent)',
        title: 'about',
        tip: true,
      }),
      ...[false, true].flatMap((below) =>
        (['start', 'middle', 'end'] as const).map((textAnchor) =>
          text(
            points.filter(
              (point) => point.below === below && anchorOf(point, { left, right }) === textAnchor,
            ),
            {
              x: 'x',
              y: 'y',
              text: ({ label }: Point) => middle(label, LONGEST_NAME),
              dy: below ? 14 : -12,
              textAnchor,
              fill: 'var(--ink)',
            },
          ),
        ),
      ),
    ],
  }
}

function pointOf(loadout: PageLoadout, speed: SpeedRanking, accuracy: Accuracy): Point[] {
  const rank = speedOf([speed], { ...loadout, title: speed.title })?.rank ?? null
  const y = accuracy.of(loadout)
  if (rank === null || y === null) return []
  const name = loadoutName(loadout)
  return [
    {
      name,
      label: shortNames(name),
      key: loadoutKey(loadout),
      x: rank.ratio,
      from: rank.interval?.low ?? rank.ratio,
      to: rank.interval?.high ?? rank.ratio,
      y,
      below: false,
      about: `${name}: ${ratioText(rank.ratio)} (${certaintyText(rank, speed.n)}), ${accuracy.title} ${y.toFixed(1)} %`,
    },
  ]
}

/** One that is called as another is when it is short keeps its whole name. */
function labelled(points: readonly Point[]): Point[] {
  return points.map((point) => {
    const isShared = points.some((other) => other !== point && other.label === point.label)
    return isShared ? { ...point, label: point.name } : point
  })
}

/** Of two neighbours whose names would lie on each other the second has its name below. */
function apart(points: Point[]): Point[] {
  const [left, right] = points.length === 0 ? [0, 1] : bordersOf(points)
  const width = right - left
  const sorted = points.toSorted((a, b) => a.x - b.x)
  for (const [at, point] of sorted.entries()) {
    const before = sorted[at - 1]
    const close =
      before !== undefined && point.x - before.x < width * 0.3 && Math.abs(point.y - before.y) < 5
    point.below = close && !before.below
  }
  return sorted
}

/** Names at the borders lean inwards. */
function anchorOf(
  { x }: Point,
  { left, right }: { left: number; right: number },
): 'start' | 'middle' | 'end' {
  const share = (x - left) / (right - left)
  if (share > 0.7) return 'end'
  return share < 0.3 ? 'start' : 'middle'
}

/** Where the drawing begins and ends: around all loadouts, and not much further than the intervals reach beyond them. */
function bordersOf(points: readonly Point[]): [left: number, right: number] {
  const [low, high] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))]
  const reach = Math.max(high - low, LEAST_REACH)
  const from = Math.min(...points.map((point) => point.from))
  const to = Math.max(...points.map((point) => point.to))
  return [
    Math.max(0, Math.max(from, low - reach) - reach * EDGE),
    Math.min(to, high + reach) + reach * EDGE,
  ]
}

function shortNames(name: string): string {
  return name.split(' + ').map(shortModel).join(' + ')
}

/** What the loadouts of a domain have: the error rate of words, the likeness to what was expected, else what passed. */
function accuracyOf(loadouts: readonly PageLoadout[]): Accuracy {
  const having = (key: string): number =>
    loadouts.filter(({ spreads }) => spreads[key] !== undefined).length
  if (having('wer') > 1) {
    return {
      title: 'WER',
      better: 'lower',
      of: ({ spreads }) => percent(spreads['wer']?.pooled ?? spreads['wer']?.mean),
    }
  }
  if (having('match') > 1) {
    return {
      title: 'Match',
      better: 'higher',
      of: ({ spreads }) => percent(spreads['match']?.mean),
    }
  }
  return { title: 'Passed', better: 'higher', of: passRate }
}

function passRate({ counts }: PageLoadout): number | null {
  const judged = counts.passed + counts.failed
  return judged === 0 ? null : (counts.passed / judged) * 100
}

function percent(share: number | undefined): number | null {
  return share === undefined ? null : share * 100
}
