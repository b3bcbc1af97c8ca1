import {
  flagsOf,
  loadoutName,
  metricOf,
  numberOf,
  type PageLoadout,
  rowCount,
  rows,
  run,
  type ScenarioStatus,
  statusOf,
  STATUSES,
} from './data.ts'
import { ratioText, speedOf } from '../speed/text.ts'
import { fill, h } from './dom.ts'
import { direction, measured, middle, seconds } from './format.ts'
import { change, linkTo, type State } from './state.ts'
import { SIGNS } from './status.ts'

/** What says how fast a reply came: a reply that failed may be quick about it. */
const TIMED = new Set(run.speeds.map(({ ranking }) => ranking.metric))
/** So many times the middle of a line has all of the colour, where no value of it goes further. */
const FAINT = 1.15
/** Scenarios of a domain that are drawn at once. */
const MOST_LINES = 250
const LONGEST_HEAD = 34

/** Scenarios down, loadouts across; each cell leads to its result. */
export class MatrixView {
  readonly element: HTMLElement
  readonly #place = h('div', { class: 'stack' })
  readonly #select: HTMLSelectElement
  #shown: string | null = null

  constructor() {
    const keys = ['duration', ...Object.keys(rows.metrics)]
    this.#select = h(
      'select',
      { id: 'matrix-cell', onchange: () => change({ cell: this.#select.value }) },
      h('option', { value: '' }, 'How it ended'),
      ...keys.map((key) =>
        h('option', { value: key }, key === 'duration' ? 'Duration' : metricOf(key).title),
      ),
    )
    const tools = h(
      'p',
      { class: 'filters' },
      h('label', { for: 'matrix-cell' }, 'Cells show '),
      this.#select,
    )
    this.element = h('div', { class: 'stack' }, tools, this.#place)
  }

  show({ cell }: Pick<State, 'cell'>): void {
    if (cell === this.#shown) return
    this.#shown = cell
    this.#select.value = cell
    const domains = [...new Set(run.loadouts.map(({ domain }) => domain))]
    const matrices = domains
      .map((domain) => domainMatrix(domain, cell))
      .filter((one) => one !== null)
    const none = h('p', { class: 'muted' }, 'There is no result to show.')
    fill(this.#place, ...(matrices.length > 0 ? matrices : [none]))
  }
}

/** Rows of one scenario on one loadout: more than one where it was repeated. */
type Cells = Map<string, Map<number, number[]>>

function domainMatrix(domain: string, cell: string): HTMLElement | null {
  const cells = cellsOf(domain)
  if (cells.size === 0 || !hasValues(cells, cell)) return null
  const columns = run.loadouts
    .map((loadout, index) => ({ loadout, index }))
    .filter(({ loadout, index }) => loadout.domain === domain && isUsed(cells, index))
  const body = h('tbody')
  const lines = [...cells].map(
    ([name, across]) =>
      () =>
        line(name, across, columns, cell),
  )
  const append = (count: number): void => {
    body.append(...lines.splice(0, count).map((make) => make()))
  }
  append(MOST_LINES)
  const more = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      onclick: () => {
        append(lines.length)
        more.remove()
      },
    },
    `Show ${lines.length} more scenarios`,
  )
  const better = cell === '' ? '' : direction(cell)
  return h(
    'section',
    { class: 'card', 'aria-label': `Matrix of ${domain}` },
    h('h2', null, domain, better !== '' && h('span', { class: 'muted' }, ` ${better}`)),
    h(
      'div',
      { class: 'wide', tabindex: '0', role: 'region', 'aria-label': `Scenarios of ${domain}` },
      h('table', { class: 'matrix' }, headOf(columns), body, footOf(domain, columns, cell)),
    ),
    lines.length > 0 && more,
  )
}

interface MatrixColumn {
  loadout: PageLoadout
  index: number
}

function headOf(columns: readonly MatrixColumn[]): HTMLElement {
  const heads = columns.map(({ loadout }) => {
    const name = loadoutName(loadout)
    return h('th', { scope: 'col', title: name }, h('bdi', null, middle(name, LONGEST_HEAD)))
  })
  return h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Scenario'), ...heads))
}

/** What the lines come to where they are how fast replies were: the ratio of each loadout to the fastest. */
function footOf(
  domain: string,
  columns: readonly MatrixColumn[],
  cell: string,
): HTMLElement | null {
  const rankings = run.speeds.map(({ ranking }) => ranking)
  const own = rankings.find((one) => one.domain === domain && one.metric === cell)
  if (own === undefined || own.ranks.length === 0) return null
  const cells = columns.map(({ loadout }) => {
    const found = speedOf([own], { ...loadout, title: own.title })
    return h('td', { class: 'value' }, found === null ? '–' : ratioText(found.rank.ratio))
  })
  const head = `${own.title}, n ${own.n}`
  return h('tfoot', null, h('tr', null, h('th', { scope: 'row' }, head), ...cells))
}

function line(
  name: string,
  across: Map<number, number[]>,
  columns: readonly MatrixColumn[],
  cell: string,
): HTMLElement {
  const values = columns.map(({ index }) => valueOf(across.get(index) ?? [], cell))
  const known = values.filter((value) => value !== null)
  const scale = scaleOf(known, cell)
  return h(
    'tr',
    null,
    h('th', { scope: 'row' }, h('bdi', null, name)),
    ...columns.map(({ index }, at) =>
      cellOf(across.get(index) ?? [], { cell, value: values[at] ?? null, scale }),
    ),
  )
}

/** Of times and rates a difference of a few per cent is no reason for a colour. */
function scaleOf(known: readonly number[], cell: string): { low: number; high: number } {
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const isWide = !TIMED.has(cell) || low <= 0 || high / low > FAINT ** 2
  if (isWide || high === low) return { low, high }
  const middle = Math.sqrt(low * high)
  return { low: middle / FAINT, high: middle * FAINT }
}

function cellOf(
  all: readonly number[],
  shown: { cell: string; value: number | null; scale: { low: number; high: number } },
): HTMLElement {
  const first = worstOf(all)
  if (first === undefined)
    return h('td', { class: 'empty' }, h('span', { class: 'unseen' }, 'not run'))
  const status = statusOf(first)
  const words = wordsOf(all, status)
  const { value } = shown
  const cell = TIMED.has(shown.cell) && value === null && status !== 'PASSED' ? '' : shown.cell
  const text = cell === '' ? signOf(all, status) : valueText(cell, value)
  const link = h(
    'a',
    {
      href: linkTo({ view: 'results', result: rows.id[first] ?? '' }),
      title: `${words}, ${seconds(rows.duration[first])}`,
    },
    text,
    h('span', { class: 'unseen' }, ` ${words}`),
  )
  const td = h('td', { class: cell === '' ? status.toLowerCase() : 'value' }, link)
  if (cell !== '') shade(td, shown)
  return td
}

/** The better a value is among those of its line, the more of the colour of success it has. */
function shade(
  td: HTMLElement,
  {
    cell,
    value,
    scale,
  }: { cell: string; value: number | null; scale: { low: number; high: number } },
): void {
  const better = cell === 'duration' ? 'lower' : metricOf(cell).better
  if (value === null || better === null || scale.high <= scale.low) return
  const share = (value - scale.low) / (scale.high - scale.low)
  const good = better === 'higher' ? share : 1 - share
  const colour = good >= 0.5 ? 'var(--passed)' : 'var(--warning)'
  const strength = Math.round(Math.abs(good - 0.5) * 60)
  td.style.background = `color-mix(in srgb, ${colour} ${strength}%, transparent)`
}

function cellsOf(domain: string): Cells {
  const cells: Cells = new Map()
  for (let row = 0; row < rowCount; row += 1) {
    const loadout = rows.loadout[row] ?? -1
    if (run.loadouts[loadout]?.domain !== domain) continue
    const name = rows.name[row] ?? ''
    const across = cells.get(name) ?? new Map<number, number[]>()
    cells.set(name, across)
    const all = across.get(loadout) ?? []
    across.set(loadout, all)
    all.push(row)
  }
  return cells
}

function hasValues(cells: Cells, cell: string): boolean {
  if (cell === '') return true
  return [...cells.values()].some((across) =>
    [...across.values()].some((all) => valueOf(all, cell) !== null),
  )
}

function isUsed(cells: Cells, index: number): boolean {
  return [...cells.values()].some((across) => across.has(index))
}

/** The row that needs attention most. */
function worstOf(all: readonly number[]): number | undefined {
  return [...all].sort((a, b) => (rows.status[a] ?? 0) - (rows.status[b] ?? 0))[0]
}

function signOf(all: readonly number[], status: ScenarioStatus): string {
  if (all.length === 1) return SIGNS[status]
  return `${passedOf(all)}/${all.length}`
}

function wordsOf(all: readonly number[], status: ScenarioStatus): string {
  if (all.length === 1) return status.toLowerCase()
  return `${passedOf(all)} of ${all.length} passed`
}

function passedOf(all: readonly number[]): number {
  return all.filter((row) => rows.status[row] === STATUSES.indexOf('PASSED')).length
}

/** The median over repeats; of what says how fast a reply came those that passed, and warm ones where there are any. */
function valueOf(all: readonly number[], cell: string): number | null {
  if (cell === '') return null
  const timed = TIMED.has(cell)
  const counted = timed ? all.filter((row) => statusOf(row) === 'PASSED') : all
  const warm = counted.filter((row) => !flagsOf(row).includes('cold'))
  return medianOf(timed && warm.length > 0 ? warm : counted, cell)
}

function medianOf(all: readonly number[], cell: string): number | null {
  const values = all
    .map((row) => (cell === 'duration' ? rows.duration[row] : numberOf(cell, row)))
    .filter((value) => value !== null && value !== undefined)
    .toSorted((a, b) => a - b)
  const [below, above] = [
    values[Math.floor((values.length - 1) / 2)],
    values[Math.ceil((values.length - 1) / 2)],
  ]
  return below === undefined || above === undefined ? null : (below + above) / 2
}

function valueText(cell: string, value: number | null): string {
  return cell === 'duration' ? seconds(value) : measured(cell, value)
}
