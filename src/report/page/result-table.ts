import { rowCount, run, statusOf } from './data.ts'
import { h } from './dom.ts'
import { columns } from './result-columns.ts'
import { change, state } from './state.ts'

/** Height of a row in CSS pixels: the style sheet has the same. */
const ROW_HEIGHT = 36
/** Rows drawn above and below what is seen. */
const SPARE_ROWS = 12
/** A table that draws only the rows that are seen. */
export class ResultTable {
  readonly element: HTMLElement
  readonly #columns = columns()
  readonly #head: HTMLElement
  readonly #body = h('tbody')
  readonly #table: HTMLElement
  readonly #open: (row: number) => void
  #rows: readonly number[] = []
  /** The chosen row's place in the list. */
  #chosen = -1
  #drawn = ''

  constructor(open: (row: number) => void) {
    this.#open = open
    this.#head = h('thead')
    this.#table = h(
      'table',
      { class: 'results', role: 'grid', tabindex: '0', 'aria-label': 'Results' },
      this.#head,
      this.#body,
    )
    this.element = h('div', { class: 'scroll', onscroll: () => this.#draw() }, this.#table)
    this.#body.addEventListener('click', (event) => this.#click(event))
    new ResizeObserver(() => this.#draw()).observe(this.element)
  }

  /** The row that is chosen, if any. */
  get chosen(): number | undefined {
    return this.#rows[this.#chosen]
  }

  show(list: readonly number[], chosen: number | undefined): void {
    this.#rows = list
    this.#chosen = chosen === undefined ? -1 : list.indexOf(chosen)
    this.#drawn = ''
    this.#drawHead()
    this.#draw()
    if (this.#chosen < 0) return
    // Only what has been drawn can be scrolled.
    this.#reveal()
    this.#draw()
  }

  /** Chooses the row that many places further; the first or last one where there is none chosen. */
  move(by: number): number | undefined {
    const last = this.#rows.length - 1
    if (last < 0) return undefined
    const from = this.#chosen < 0 ? (by > 0 ? -1 : last + 1) : this.#chosen
    this.#chooseAt(Math.min(last, Math.max(0, from + by)))
    return this.chosen
  }

  choose(row: number | undefined): void {
    if (row !== this.chosen) this.#chooseAt(row === undefined ? -1 : this.#rows.indexOf(row))
    else this.#draw()
  }

  #chooseAt(place: number): void {
    this.#chosen = place
    this.#drawn = ''
    if (place >= 0) this.#reveal()
    this.#draw()
  }

  focus(): void {
    this.#table.focus({ preventScroll: true })
  }

  #reveal(): void {
    const { scrollTop, clientHeight } = this.element
    const [top, head] = [this.#chosen * ROW_HEIGHT, ROW_HEIGHT]
    if (top < scrollTop) this.element.scrollTop = top
    else if (top + ROW_HEIGHT + head > scrollTop + clientHeight) {
      this.element.scrollTop = top + ROW_HEIGHT + head - clientHeight
    }
  }

  #click(event: Event): void {
    const line = (event.target as Element).closest('tr[data-place]')
    if (line === null) return
    const place = Number(line.getAttribute('data-place'))
    this.#chooseAt(place)
    const row = this.#rows[place]
    if (row !== undefined) this.#open(row)
  }

  #drawHead(): void {
    const { sort, down } = state()
    const cells = this.#columns.map(({ key, title, about, kind }) => {
      const order = sort === key ? (down ? 'descending' : 'ascending') : null
      const arrow = order === null ? '' : down ? ' ↓' : ' ↑'
      const button = h(
        'button',
        { type: 'button', title: about, onclick: () => sortBy(key) },
        title + arrow,
      )
      return h('th', { scope: 'col', class: kind, 'aria-sort': order }, button)
    })
    this.#head.replaceChildren(h('tr', { 'aria-rowindex': 1 }, ...cells))
    this.#table.setAttribute('aria-rowcount', String(this.#rows.length + 1))
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.element
    if (clientHeight === 0) return
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS)
    const count = Math.ceil(clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS
    const last = Math.min(this.#rows.length, first + count)
    const drawn = `${first}-${last}-${this.#chosen}`
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const lines = this.#rows.slice(first, last).map((row, at) => this.#line(row, first + at))
    this.#body.replaceChildren(
      space(first * ROW_HEIGHT),
      ...lines,
      space((this.#rows.length - last) * ROW_HEIGHT),
    )
    const isDrawn = this.#chosen >= first && this.#chosen < last
    if (isDrawn) this.#table.setAttribute('aria-activedescendant', `row-${this.#chosen}`)
    else this.#table.removeAttribute('aria-activedescendant')
  }

  #line(row: number, place: number): HTMLElement {
    const chosen = place === this.#chosen
    return h(
      'tr',
      {
        id: `row-${place}`,
        'data-place': place,
        'aria-rowindex': place + 2,
        'aria-selected': chosen ? 'true' : 'false',
        class: `${statusOf(row).toLowerCase()}${chosen ? ' chosen' : ''}`,
      },
      ...this.#columns.map(({ kind, cell }) => h('td', { class: kind }, cell(row))),
    )
  }
}

function sortBy(key: string): void {
  const { sort, down } = state()
  if (sort !== key) change({ sort: key, down: false })
  else if (!down) change({ down: true })
  else change({ sort: '', down: false })
}

function space(height: number): HTMLElement {
  const line = h('tr', { class: 'space', 'aria-hidden': 'true' }, h('td'))
  line.style.height = `${height}px`
  return line
}

/** How many results there are, and of how many. */
export function countSentence(shown: number): string {
  const all = rowCount.toLocaleString('en')
  const { passed, failed, missing, interrupted, skipped } = run.counts
  const leftOut = passed + failed + missing + interrupted + skipped - rowCount
  const more = leftOut > 0 ? `, ${leftOut.toLocaleString('en')} more are not in the page` : ''
  if (shown === rowCount) return `${all} ${rowCount === 1 ? 'result' : 'results'}${more}`
  return `${shown.toLocaleString('en')} of ${all}${more}`
}
