import {
  areaY,
  axisX,
  axisY,
  barX,
  dot,
  gridY,
  lineY,
  ruleX,
  ruleY,
  text,
} from '@observablehq/plot'
import type { PageSamples } from '../html/types.ts'
import { rows, run } from './data.ts'
import { type Child, foreign, h } from './dom.ts'
import { clockDate, gigabytes, middle, shortModel } from './format.ts'
import { chart } from './plot.ts'
import { linkTo } from './state.ts'
import {
  type Bar,
  hostLanes,
  lanes,
  lastMoment,
  type Load,
  loads,
  timelineBars,
} from './timeline-bars.ts'

const LANE_HEIGHT = 30
const CURVE_HEIGHT = 170
const LETTER_WIDTH = 6.9
/** Below it the axis shows seconds. */
const SHORT_RUN_S = 1_200
/** Below it, tenths of them. */
const SHORTEST_RUN_S = 12
/** Lines of names above the curve. */
const NAME_LINES = 2
const LONGEST_NAME = 24
/** Curves of parts that are drawn. */
const MOST_CURVES = 8

const COLOURS: Readonly<Record<Bar['kind'], string>> = {
  setup: 'var(--setup)',
  cleanup: 'var(--cleanup)',
  PASSED: 'var(--passed)',
  FAILED: 'var(--failed)',
  MISSING: 'var(--missing)',
  INTERRUPTED: 'var(--interrupted)',
  SKIPPED: 'var(--skipped)',
}

interface Point {
  time: Date
  value: number | null
}

/** The run from its beginning to its end: memory above, what ran below. */
export function timeline(): HTMLElement {
  const bars = timelineBars()
  if (
    run.origin === null ||
    (bars.length === 0 && run.samples === null && run.partSamples.length === 0)
  ) {
    return h('p', { class: 'muted' }, 'Nothing in the session tells when things happened.')
  }
  const end = lastMoment(bars)
  const curves = curvesOf()
  const hosts = hostLanes()
  return h(
    'div',
    { class: 'stack' },
    h(
      'section',
      { class: 'card', 'aria-label': 'Timeline' },
      ...curves.flatMap((curve): Child[] => [
        h('h2', null, foreign(curve.title)),
        h('p', { class: 'muted' }, curve.about),
        curve.points.length > 0 && memoryChart(curve, end),
      ]),
      hosts.length > 0 && h('h2', null, 'Hosts'),
      hosts.length > 0 && laneChart({ bars, end, names: hosts, what: 'hosts', lane: hostOfBar }),
      h('h2', null, 'Loadouts'),
      legend(bars),
      laneChart({ bars, end, names: lanes(), what: 'loadouts', lane: ({ lane }) => lane }),
    ),
  )
}

interface Curve {
  title: string
  about: string
  points: Point[]
  total: number | null
  /** Whether a service of this part is marked in it. */
  isIts: (part: number | undefined) => boolean
}

/** Of each part of a merged session, else of the run. */
function curvesOf(): Curve[] {
  const parts = run.partSamples
  if (parts.length === 0) return [curveOf(run.samples, '', run.vramPeak, () => true)]
  const shown = parts.slice(0, MOST_CURVES).map(({ host, part, ...samples }) => {
    const place = run.merged?.parts.findIndex((one) => one.index === part && one.label === host)
    const isIts = (of: number | undefined): boolean => of === (place ?? -1) + 1
    const peak = samples.vram.reduce<number | null>(
      (high, value) => (value === null ? high : Math.max(high ?? 0, value)),
      null,
    )
    return curveOf(samples, ` of ${host}, part ${part}`, peak, isIts)
  })
  const left = parts.length - shown.length
  const last = shown.at(-1)
  if (left > 0 && last !== undefined) last.about += ` ${left} more parts are not drawn.`
  return shown
}

/** The memory of the GPUs; of the host where nobody could read that. */
function curveOf(
  samples: PageSamples | null,
  where: string,
  vramPeak: number | null,
  isIts: Curve['isIts'],
): Curve {
  if (samples === null) {
    const about = 'No sample was taken in this run.'
    return { title: 'Memory', about, points: [], total: null, isIts }
  }
  const points = (values: readonly (number | null)[]): Point[] =>
    samples.time.map((time, at) => ({ time: clockDate(time), value: values[at] ?? null }))
  if (samples.vram.some((value) => value !== null)) {
    const peak = vramPeak === null ? '' : ` Peak ${gigabytes(vramPeak)}.`
    return {
      title: `GPU memory${where}`,
      isIts,
      about: `GB in use over all GPUs.${peak} A mark is a model that became ready.`,
      points: points(samples.vram),
      total: samples.vramTotal,
    }
  }
  return {
    title: `Memory of the host${where}`,
    isIts,
    about:
      'GB in use. No GPU memory was measured in this run. A mark is a model that became ready.',
    points: points(samples.ram),
    total: null,
  }
}

function memoryChart({ title, points, total, isIts }: Curve, end: number): HTMLElement {
  const most = points.reduce((high, { value }) => Math.max(high, value ?? 0), 0)
  const top = total !== null && total < most * 2 ? total : most * 1.3
  const marks = loads().filter(({ part }) => isIts(part))
  return chart(`${title} over the run, at most ${gigabytes(most)}`, (width) => ({
    width,
    height: CURVE_HEIGHT,
    ...frame(width, end),
    y: { domain: [0, top || 1] },
    marks: [
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 4 }),
      axisY({ label: 'GB', ticks: 4, tickSize: 0 }),
      axisX({ label: null, tickSize: 0, tickFormat: tickOf(end), tickSpacing: 90 }),
      // Stacked, as it is without a lower edge, it would fall to nothing where nothing is known.
      areaY(points, { x: 'time', y1: 0, y2: 'value', fill: 'var(--box)' }),
      lineY(points, { x: 'time', y: 'value', stroke: 'var(--accent)', tip: true }),
      total !== null && top === total
        ? ruleY([total], { stroke: 'var(--line-strong)', strokeDasharray: '4 3' })
        : null,
      ruleX(marks, {
        x: ({ at }: Load) => clockDate(at),
        stroke: 'var(--accent-2)',
        strokeDasharray: '2 3',
      }),
      dot(marks, {
        x: ({ at }: Load) => clockDate(at),
        y: () => top,
        symbol: 'triangle',
        rotate: 180,
        r: 4,
        fill: 'var(--accent-2)',
        title: 'name',
        tip: true,
      }),
      ...namesAt(marks, width, end).map((names, line) =>
        text(names, {
          x: ({ at }: Load) => clockDate(at),
          y: () => top,
          text: ({ name }: Load) => nameOf(name),
          textAnchor: 'start',
          dx: -4,
          dy: -14 - line * 14,
          fill: 'var(--muted)',
        }),
      ),
    ],
  }))
}

interface Lanes {
  bars: readonly Bar[]
  end: number
  names: string[]
  what: string
  lane: (bar: Bar) => string
}

function hostOfBar({ host }: Bar): string {
  return host
}

function laneChart({ bars, end, names, what, lane }: Lanes): HTMLElement {
  return chart(
    `Setup, scenarios and cleanup of ${names.length} ${what} over time`,
    (width) => ({
      width,
      height: names.length * LANE_HEIGHT + 40,
      ...frame(width, end),
      marginTop: 6,
      y: {
        domain: names,
        label: null,
        padding: 0.3,
        tickSize: 0,
        tickFormat: (name: string) => middle(name, lettersOf(width)),
      },
      marks: [
        ruleY(names, { y: (name: string) => name, stroke: 'var(--line)' }),
        axisX({ label: null, tickSize: 0, tickFormat: tickOf(end), tickSpacing: 90 }),
        barX(bars, {
          y: lane,
          x1: ({ from }: Bar) => clockDate(from),
          // A bar of a millisecond would not be seen, nor where all of a loadout is a moment.
          x2: ({ from, to, row }: Bar) => {
            return clockDate(Math.max(to, from + (end / width) * (row === null ? 4 : 1.3)))
          },
          fill: ({ kind }: Bar) => COLOURS[kind],
          insetLeft: 0.25,
          insetRight: 0.25,
          title: 'about',
          tip: { anchor: 'bottom' },
        }),
      ],
    }),
    (datum) => {
      const { row } = datum as Partial<Bar>
      if (typeof row === 'number') {
        location.hash = linkTo({ view: 'results', result: rows.id[row] ?? '' })
      }
    },
  )
}

/** Both drawings have the same time at the same place. */
function frame(width: number, end: number): object {
  return {
    ...marginsOf(width),
    marginTop: 14 + NAME_LINES * 15,
    x: { type: 'utc', domain: [clockDate(0), clockDate(end || 1)] },
  }
}

/** The names that find room above the curve, in lines; that of another is seen when its mark is pointed at. */
function namesAt(marks: readonly Load[], width: number, end: number): Load[][] {
  const { marginLeft, marginRight } = marginsOf(width)
  const scale = (width - marginLeft - marginRight) / (end || 1)
  const lines: { names: Load[]; free: number }[] = Array.from({ length: NAME_LINES }, () => {
    return { names: [], free: 0 }
  })
  for (const mark of marks.toSorted((a, b) => a.at - b.at)) {
    const from = mark.at * scale
    const to = from + nameOf(mark.name).length * LETTER_WIDTH + 12
    const line = lines.find(({ free }) => free <= from)
    if (line === undefined || to > width - marginLeft) continue
    line.names.push(mark)
    line.free = to
  }
  return lines.map(({ names }) => names)
}

function nameOf(model: string): string {
  return middle(shortModel(model), LONGEST_NAME)
}

/** The time of day as the clock of the machine showed it; with seconds where the run was short. */
function tickOf(end: number): (time: Date) => string {
  const to = end < SHORTEST_RUN_S ? 21 : end < SHORT_RUN_S ? 19 : 16
  return (time) => time.toISOString().slice(11, to)
}

function marginsOf(width: number): { marginLeft: number; marginRight: number } {
  const longest = Math.max(
    0,
    ...[...lanes(), ...hostLanes()].map((name) => Math.min(lettersOf(width), name.length)),
  )
  return { marginLeft: Math.max(44, longest * LETTER_WIDTH + 16), marginRight: 20 }
}

function lettersOf(width: number): number {
  return width < 600 ? 16 : 34
}

function legend(bars: readonly Bar[]): HTMLElement {
  const kinds = [...new Set(bars.map(({ kind }) => kind))]
  return h(
    'ul',
    { class: 'legend' },
    ...kinds.map((kind) => {
      const swatch = h('i', { 'aria-hidden': 'true' })
      swatch.style.background = COLOURS[kind]
      return h('li', null, swatch, kind.toLowerCase())
    }),
  )
}
