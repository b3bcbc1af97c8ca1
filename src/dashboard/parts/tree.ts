import {
  type Counts,
  type Domain,
  type LoadoutFold,
  type LoadoutStatus,
  noCounts,
  statusOf,
} from '../../events/index.ts'
import { clock, duration } from '../format.ts'
import { type DashboardModel, titleOf } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { STATUS_COLOURS, worstColour } from '../status-colours.ts'
import { type Cell, clean, line, type Paint } from '../text.ts'

/** From here on times have names. */
const WIDE = 100

/** A line of the tree: a domain or a loadout of it. */
type Node = { domain: DomainView } | { loadout: LoadoutFold }

/** What a domain comes to. */
export interface DomainView {
  domain: Domain
  done: number
  /** Null while that of a loadout is not known. */
  total: number | null
  counts: Counts
}

/** The domains of the run, each with its loadouts added up. */
export function domainsOf({ run }: Pick<DashboardModel, 'run'>): DomainView[] {
  const domains = new Map<Domain, DomainView>()
  for (const loadout of run.loadouts) {
    const { domain, done, expected, counts } = loadout
    const view = domains.get(domain) ?? { domain, done: 0, total: 0, counts: noCounts() }
    domains.set(domain, view)
    view.done += done
    // Of a loadout that is over all results have come.
    const isOver = statusOf(loadout, run) === 'stopped' && done > 0 && run.end?.status !== 'DIED'
    const known = expected ?? (isOver ? done : null)
    view.total = view.total === null || known === null ? null : view.total + known
    for (const key of Object.keys(counts) as (keyof Counts)[]) view.counts[key] += counts[key]
  }
  return [...domains.values()]
}

/** How many results the run has in all; null while that of some loadouts alone is known. */
export function totalOf(model: Pick<DashboardModel, 'run'>): number | null {
  const isKnown = domainsOf(model).every(({ total }) => total !== null)
  const { loadouts, expected } = model.run
  return isKnown || loadouts.every((each) => each.expected === null) ? expected : null
}

/** How many lines the whole tree has. */
export function treeSize({ run: { loadouts } }: DashboardModel): number {
  return loadouts.length + new Set(loadouts.map(({ domain }) => domain)).size
}

/** The tree, or as much of it around the current loadout as fits. */
export function treeLines(model: DashboardModel, context: FrameContext, rows: number): string[] {
  if (rows === 0) return []
  const nodes = domainsOf(model).flatMap((domain): Node[] => [
    { domain },
    ...model.run.loadouts
      .filter((each) => each.domain === domain.domain)
      .map((loadout) => ({ loadout })),
  ])
  const current = nodes.findIndex((node) => 'loadout' in node && node.loadout === model.run.current)
  // A third of what is seen is over, the rest is to come.
  const wanted = Math.max(0, current - Math.floor((rows - 1) / 3) - (rows > 1 ? 1 : 0))
  const first = Math.max(0, Math.min(wanted, nodes.length - rows))
  const seen = nodes.slice(first, first + rows)
  const [top] = seen
  // A loadout at the top gives its place to its domain, where others of it are seen.
  if (top !== undefined && 'loadout' in top && seen[1] !== undefined && 'loadout' in seen[1]) {
    const view = nodes.find((node) => 'domain' in node && node.domain.domain === top.loadout.domain)
    if (view) seen[0] = view
  }
  return seen.map((node, index, shown) => {
    const above = index === 0 ? first : 0
    const below = index === shown.length - 1 ? nodes.length - first - rows : 0
    const hidden = (above > 0 ? ` +${above} above` : '') + (below > 0 ? ` +${below} below` : '')
    return 'domain' in node
      ? domainLine(node.domain, context, hidden)
      : loadoutLine(node.loadout, model, context, hidden)
  })
}

function domainLine(view: DomainView, context: FrameContext, hidden: string): string {
  const { paint, columns } = context
  const left: Cell[] = [
    { text: view.domain, paint: paint.bold },
    { text: `  ${progressText(view.done, view.total)}` },
    ...badCells(view.counts, context),
  ]
  return line(columns, left, [{ text: hidden, paint: paint.dim }])
}

function loadoutLine(
  view: LoadoutFold,
  model: DashboardModel,
  context: FrameContext,
  hidden: string,
): string {
  const { paint, columns } = context
  const { run } = model
  const isCurrent = view === run.current && run.end === null
  const status = statusOf(view, run)
  const left: Cell[] = [
    statusCell(view, status, context),
    { text: clean(titleOf(view)), ...(isCurrent ? { paint: paint.bold } : {}) },
  ]
  const right: Cell[] = [
    ...badCells(view.counts, context),
    { text: `  ${progressText(view.done, view.expected)}` },
    { text: timesText(view, status, context), paint: paint.dim },
    { text: hidden, paint: paint.dim },
  ]
  return line(columns, left, right, columns * 0.75)
}

function statusCell({ counts }: LoadoutFold, status: LoadoutStatus, context: FrameContext): Cell {
  const { paint, glyphs } = context
  const isBad = status === 'failed' || counts.failed + counts.missing + counts.interrupted > 0
  const colour = {
    waiting: paint.dim,
    starting: paint.yellow,
    ready: paint.cyan,
    failed: paint[worstColour(counts, true)],
    stopped: paint[worstColour(counts, false)],
  }[status]
  const glyph = status === 'stopped' && isBad ? glyphs.failed : glyphs[status]
  return { text: `  ${glyph} `, paint: colour, width: 4 }
}

function badCells(counts: Counts, { paint }: FrameContext): Cell[] {
  const cells: Cell[] = []
  const add = (count: number, name: string, colour: Paint): void => {
    if (count > 0) cells.push({ text: `  ${count} ${name}`, paint: colour })
  }
  add(counts.failed, 'failed', paint[STATUS_COLOURS.FAILED])
  add(counts.missing, 'missing', paint[STATUS_COLOURS.MISSING])
  add(counts.interrupted, 'interrupted', paint[STATUS_COLOURS.INTERRUPTED])
  return cells
}

function progressText(done: number, total: number | null): string {
  return total === null ? `${done}/?` : `${done}/${total}`
}

/** Setup, run, clean-up; what goes on has a clock in whole seconds. */
function timesText(
  view: LoadoutFold,
  status: LoadoutStatus,
  { columns, now }: FrameContext,
): string {
  const since = (start: string | null): string | null =>
    start === null ? null : clock((now - Date.parse(start)) / 1_000)
  const setup = view.setupTime === null ? null : duration(view.setupTime)
  const parts: [string, string | null][] = [
    ['setup', setup ?? (status === 'starting' ? since(view.startedAt) : null)],
    [
      'run',
      status === 'ready'
        ? since(view.readyAt)
        : view.runTime === null
          ? null
          : duration(view.runTime),
    ],
    ['cleanup', view.cleanupTime === null ? null : duration(view.cleanupTime)],
  ]
  const known = parts.filter(([, time]) => time !== null)
  if (known.length === 0) return ''
  if (columns >= WIDE) return `  ${known.map(([name, time]) => `${name} ${time}`).join('  ')}`
  return `  ${known.map(([, time]) => time).join(' + ')}`
}
