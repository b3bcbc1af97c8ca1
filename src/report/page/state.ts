import { STATUSES, type ScenarioStatus } from './data.ts'

export const VIEWS = ['overview', 'results', 'matrix', 'charts', 'timeline', 'run'] as const
export type View = (typeof VIEWS)[number]

/** What the page shows. All of it stands in the fragment, so that a link leads to the same picture. */
export interface State {
  view: View
  /** What is searched for. */
  q: string
  status: readonly ScenarioStatus[]
  domain: string
  /** `domain/loadout`. */
  loadout: string
  host: string
  gpu: string
  flag: string
  /** Id of what kept results from passing. */
  cause: string
  /** A column, and whether from its largest value down. */
  sort: string
  down: boolean
  /** Identity of the result that is open. */
  result: string
  /** What the matrix shows, a metric's key; empty for how the results ended. */
  cell: string
}

type Listener = (state: State, before: State) => void

const NOTHING: State = {
  view: 'overview',
  q: '',
  status: [],
  domain: '',
  loadout: '',
  host: '',
  gpu: '',
  flag: '',
  cause: '',
  sort: '',
  down: false,
  result: '',
  cell: '',
}
const TEXTS = [
  'q',
  'domain',
  'loadout',
  'host',
  'gpu',
  'flag',
  'cause',
  'sort',
  'result',
  'cell',
] as const

const listeners: Listener[] = []
let current: State = parse(location.hash)

export function state(): State {
  return current
}

/** Calls the listener whenever the state has changed, from the page or from its address. */
export function onState(listener: Listener): void {
  listeners.push(listener)
}

/**
 * Changes the state and the address. `step: true` makes it one that the Back button returns from: another view,
 * another open result; typing and filters are not.
 */
export function change(part: Partial<State>, { step = false } = {}): void {
  const next = { ...current, ...part }
  const hash = `#${write(next)}`
  if (step) history.pushState(null, '', hash)
  else history.replaceState(null, '', hash)
  take(next)
}

/** The address of the page in another state. */
export function linkTo(part: Partial<State>): string {
  return `#${write({ ...NOTHING, ...part })}`
}

window.addEventListener('popstate', () => {
  const { hash } = location
  // A link to a place within the page, such as the one that skips to the content, is no state.
  if (hash === '' || hash.includes('=')) take(parse(hash))
})

function take(next: State): void {
  const before = current
  current = next
  for (const listener of listeners) listener(next, before)
}

function parse(hash: string): State {
  const search = new URLSearchParams(hash.replace(/^#/u, ''))
  const next: State = { ...NOTHING }
  const view = VIEWS.find((one) => one === search.get('view'))
  if (view !== undefined) next.view = view
  next.status = STATUSES.filter((status) => search.getAll('status').includes(status))
  for (const key of TEXTS) next[key] = search.get(key) ?? ''
  next.down = search.has('down')
  if (view === undefined && next.result !== '') next.view = 'results'
  return next
}

function write(value: State): string {
  const search = new URLSearchParams({ view: value.view })
  for (const status of value.status) search.append('status', status)
  for (const key of TEXTS) if (value[key] !== '') search.set(key, value[key])
  if (value.down) search.set('down', '1')
  return search.toString()
}
