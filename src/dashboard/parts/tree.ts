import type { Counts, Domain } from '../../events/index.ts'
import { clock, duration } from '../format.ts'
import { type DashboardModel, type LoadoutView, noCounts } from '../model.ts'
import type { FrameContext } from '../screen-state.ts'
import { type Cell, clean, line } from '../text.ts'

/** From here on times have names. */
const WIDE = 100

/** A line of the tree: a domain or a loadout of it. */
type Node = { domain: DomainView } | { loadout: LoadoutView }

/** What a domain comes to. */
export interface DomainView {
  domain: Domain
  done: number
  /** Null while that of a loadout is not known. */
  total: number | null
  counts: Counts
}

/** The domains of the run, each with its loadouts added up. */
export function domainsOf(model: DashboardModel): DomainView[] {
  const domains = new Map<Domain, DomainView>()
  for (const { domain, done, total, counts, status } of model.loadouts) {
    const view = domains.get(domain) ?? { domain, done: 0, total: 0, counts: noCounts() }
    domains.set(domain, view)
    view.done += done
    // Of a loadout that is over all results have come.
    const isOver = status === 'stopped' && done > 0 && model.status !== 'DIED'
    const known = total ?? (isOver ? done : null)
    view.total = view.total === null || known === null ? null : view.total + known
    for (const key of Object.keys(counts) as (keyof Counts)[]) view.counts[key] += counts[key]
  }
  return [...domains.values()]
}

/** How many results the run has in all; null while that of some loadouts alone is known. */
export function totalOf(model: DashboardModel): number | null {
  const isKnown = domainsOf(model).every(({ total }) => total !== null)
  return isKnown || model.loadouts.every(({ total }) => total === null) ? model.total : null
}

/** How many lines the whole tree has. */
export function treeSize({ loadouts }: DashboardModel): number {
  return loadouts.length + new Set(loadouts.map(({ domain }) => domain)).size
}

/** The tree, or as much of it around the current loadout as fits. */
export function treeLines(model: DashboardModel, context: FrameContext, rows: number): string[] {
  if (rows === 0) return []
  const nodes = domainsOf(model).flatMap((domain): Node[] => [
    { domain },
    ...model.loadouts
      .filter((each) => each.domain === domain.domain)
      .map((loadout) => ({ loadout })),
  ])
  const current = nodes.findIndex((node) => 'loadout' in node && node.loadout === model.current)
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
  view: LoadoutView,
  model: DashboardModel,
  context: FrameContext,
  hidden: string,
): string {
  const { paint, columns } = context
  const isCurrent = view === model.current && model.status === null
  const left: Cell[] = [
    statusCell(view, context),
    { text: clean(view.title), ...(isCurrent ? { paint: paint.bold } : {}) },
  ]
  const right: Cell[] = [
    ...badCells(view.counts, context),
    { text: `  ${progressText(view.done, view.total)}` },
    { text: timesText(view, context), paint: paint.dim },
    { text: hidden, paint: paint.dim },
  ]
  return line(columns, left, right, columns * 0.75)
}

function statusCell({ status, counts }: LoadoutView, context: FrameContext): Cell {
  const { paint, glyphs } = context
  const isBad = status === 'failed' || counts.failed + counts.missing + counts.interrupted > 0
  const colour = {
    waiting: paint.dim,
    starting: paint.yellow,
    ready: paint.cyan,
    failed: paint.red,
    stopped: isBad ? paint.red : paint.green,
  }[status]
  const glyph = status === 'stopped' && isBad ? glyphs.failed : glyphs[status]
  return { text: `  ${glyph} `, paint: colour, width: 4 }
}

function badCells(counts: Counts, { paint }: FrameContext): Cell[] {
  const cells: Cell[] = []
  if (counts.failed > 0) cells.push({ text: `  ${counts.failed} failed`, paint: paint.red })
  if (counts.missing > 0) cells.push({ text: `  ${counts.missing} missing`, paint: paint.yellow })
  if (counts.interrupted > 0) {
    cells.push({ text: `  ${counts.interrupted} interrupted`, paint: paint.magenta })
  }
  return cells
}

function progressText(done: number, total: number | null): string {
  return total === null ? `${done}/?` : `${done}/${total}`
}

/** Setup, run, clean-up; what goes on has a clock in whole seconds. */
function timesText(view: LoadoutView, { columns, now }: FrameContext): string {
  const since = (start: number | null): string | null =>
    start === null ? null : clock((now - start) / 1_000)
  const { status } = view
  const setup = view.setup === null ? null : duration(view.setup)
  const parts: [string, string | null][] = [
    ['setup', setup ?? (status === 'starting' ? since(view.startedAt) : null)],
    [
      'run',
      status === 'ready' ? since(view.readyAt) : view.run === null ? null : duration(view.run),
    ],
    ['cleanup', view.cleanup === null ? null : duration(view.cleanup)],
  ]
  const known = parts.filter(([, time]) => time !== null)
  if (known.length === 0) return ''
  if (columns >= WIDE) return `  ${known.map(([name, time]) => `${name} ${time}`).join('  ')}`
  return `  ${known.map(([, time]) => time).join(' + ')}`
}
