import { flagsOf, loadoutKey, loadoutName, rowCount, rowOf, rows, run, STATUSES } from './data.ts'
import { fill, h } from './dom.ts'
import { countsByStatus, filtered, indexTexts, textsIndexed } from './filter.ts'
import { showResult } from './panel.ts'
import { countSentence, ResultTable } from './result-table.ts'
import { change, state, type State } from './state.ts'
import { SIGNS } from './status.ts'

/** Searching waits this long for the next letter. */
const TYPING_PAUSE_MS = 120
/** Causes in the menu, and characters of each. */
const MOST_CAUSES = 100
const LONGEST_CAUSE = 60

/** The list of results with its filters, and the result that is open beside it. */
export class ResultsView {
  readonly element: HTMLElement
  readonly #table = new ResultTable((row) => open(row))
  readonly #panel = h('aside', { class: 'panel', 'aria-label': 'Result', hidden: true })
  readonly #search = h('input', {
    type: 'search',
    placeholder: 'Search names, texts, errors, logs   /',
    'aria-label': 'Search results',
    spellcheck: 'false',
    oninput: () => this.#type(),
  })
  readonly #chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'Status' })
  readonly #count = h('p', { class: 'count', role: 'status' })
  readonly #selects = [
    this.#select('domain', 'All domains', domains()),
    this.#select('loadout', 'All loadouts', loadouts()),
    this.#select('host', 'All hosts', named(rows.hostNames)),
    this.#select('gpu', 'All GPUs', named(rows.gpuNames)),
    this.#select('flag', 'All flags', flags()),
    this.#select('cause', 'All causes', causes()),
  ]
  #typing = 0
  /** What of the state the list was made of. */
  #shown = ''
  #opened: number | undefined

  constructor() {
    const tools = h(
      'div',
      { class: 'filters', role: 'search', 'aria-label': 'Filters' },
      this.#search,
      this.#chips,
      ...this.#selects.map(({ select }) => select),
      h('button', { type: 'button', class: 'quiet clear', onclick: () => clearFilters() }, 'Clear'),
      this.#count,
    )
    const list = h('div', { class: 'list' }, this.#table.element)
    this.element = h(
      'div',
      { class: 'results-view' },
      tools,
      h('div', { class: 'split' }, list, this.#panel),
    )
  }

  show(now: State): void {
    if (this.#typing === 0) this.#search.value = now.q
    for (const { key, select } of this.#selects) select.value = now[key]
    this.#showList(now)
    if (now.q.length > 1 && !textsIndexed()) {
      void indexTexts().then(() => {
        if (state().view === 'results') this.#showList(state())
      })
    }
    this.#showPanel(now)
  }

  focusSearch(): void {
    this.#search.focus()
    this.#search.select()
  }

  focusTable(): void {
    this.#table.focus()
  }

  /** Chooses another row; opens it where a result is open already. */
  move(by: number): void {
    const row = this.#table.move(by)
    if (row !== undefined && state().result !== '') change({ result: rows.id[row] ?? '' })
  }

  openChosen(): void {
    const { chosen } = this.#table
    if (chosen !== undefined) open(chosen)
  }

  #showList(now: State): void {
    const chosen = now.result === '' ? this.#table.chosen : rowOf(now.result)
    const { view: _, result: __, cell: ___, ...shown } = now
    const key = JSON.stringify([shown, textsIndexed()])
    if (key === this.#shown) {
      this.#table.choose(chosen)
      return
    }
    this.#shown = key
    const list = filtered(now)
    this.#table.show(list, chosen)
    const searching = now.q.length > 1 && !textsIndexed()
    this.#count.textContent = countSentence(list.length) + (searching ? ' · reading texts…' : '')
    this.#showChips(now)
    const filtering =
      now.q !== '' ||
      now.status.length > 0 ||
      [now.domain, now.loadout, now.host, now.gpu, now.flag, now.cause].some(Boolean)
    this.element.classList.toggle('filtering', Boolean(filtering))
    this.element.classList.toggle('none', list.length === 0)
  }

  #showChips(now: State): void {
    const counts = countsByStatus(now)
    const present = new Set(rows.status.map((status) => STATUSES[status]))
    fill(
      this.#chips,
      ...STATUSES.filter((status) => present.has(status) || now.status.includes(status)).map(
        (status) =>
          h(
            'button',
            {
              type: 'button',
              class: `chip ${status.toLowerCase()}`,
              'data-status': status,
              'aria-pressed': now.status.includes(status) ? 'true' : 'false',
              onclick: () => toggle(status),
            },
            h('span', { 'aria-hidden': 'true' }, SIGNS[status]),
            ` ${status.toLowerCase()} `,
            h('b', null, (counts.get(status) ?? 0).toLocaleString('en')),
          ),
      ),
    )
  }

  #showPanel(now: State): void {
    const row = now.result === '' ? undefined : rowOf(now.result)
    this.#panel.hidden = now.result === ''
    this.element.classList.toggle('with-panel', now.result !== '')
    if (now.result === '') {
      this.#opened = undefined
      fill(this.#panel)
      return
    }
    if (row === undefined) {
      this.#opened = undefined
      const gone = 'The result of this link is not in the page.'
      fill(this.#panel, h('p', { class: 'muted' }, gone), closeButton())
      return
    }
    if (row === this.#opened) return
    this.#opened = row
    void showResult(this.#panel, row, closeButton())
  }

  #type(): void {
    clearTimeout(this.#typing)
    this.#typing = window.setTimeout(() => {
      this.#typing = 0
      change({ q: this.#search.value })
    }, TYPING_PAUSE_MS)
  }

  #select<Key extends 'domain' | 'loadout' | 'host' | 'gpu' | 'flag' | 'cause'>(
    key: Key,
    all: string,
    options: readonly (readonly [string, string])[],
  ): { key: Key; select: HTMLSelectElement } {
    const select = h(
      'select',
      { 'aria-label': all, onchange: () => change({ [key]: select.value }) },
      h('option', { value: '' }, all),
      ...options.map(([value, text]) => h('option', { value }, text)),
    )
    select.hidden = options.length < (key === 'flag' || key === 'cause' ? 1 : 2)
    return { key, select }
  }
}

export function open(row: number): void {
  const result = rows.id[row] ?? ''
  change({ view: 'results', result }, { step: state().result === '' || state().view !== 'results' })
}

/** Shows all results again. */
export function clearFilters(): void {
  change({ q: '', status: [], domain: '', loadout: '', host: '', gpu: '', flag: '', cause: '' })
  document.querySelector<HTMLInputElement>('.filters input')?.focus()
}

function toggle(status: State['status'][number]): void {
  const { status: now } = state()
  change({ status: now.includes(status) ? now.filter((one) => one !== status) : [...now, status] })
  document.querySelector<HTMLElement>(`.chip[data-status="${status}"]`)?.focus()
}

function closeButton(): HTMLElement {
  return h(
    'button',
    {
      type: 'button',
      class: 'quiet close',
      'aria-label': 'Close the result (Esc)',
      onclick: () => change({ result: '' }, { step: true }),
    },
    '✕',
  )
}

function domains(): [string, string][] {
  return [...new Set(run.loadouts.map(({ domain }) => domain))].map((domain) => [domain, domain])
}

function named(names: readonly string[] = []): [string, string][] {
  return names.filter(Boolean).map((name) => [name, name])
}

function loadouts(): [string, string][] {
  return run.loadouts.map((loadout) => [
    loadoutKey(loadout),
    `${loadout.domain}  ${loadoutName(loadout)}`,
  ])
}

/** A menu is no place for hundreds of them. */
function causes(): [string, string][] {
  return run.causes.slice(0, MOST_CAUSES).map(({ id, message, counts }) => {
    const count = Object.values(counts).reduce((sum, some) => sum + some, 0)
    const [line = ''] = message.split('\n')
    return [id, `${line.slice(0, LONGEST_CAUSE) || id} (${count})`]
  })
}

function flags(): [string, string][] {
  const counts = new Map<string, number>()
  for (let row = 0; row < rowCount; row += 1) {
    for (const flag of flagsOf(row)) counts.set(flag, (counts.get(flag) ?? 0) + 1)
  }
  return [...counts].map(([flag, count]) => [flag, `${flag} (${count})`])
}
