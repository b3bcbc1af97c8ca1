import { charts } from './charts.ts'
import { fill, h } from './dom.ts'
import { toggleHelp } from './help.ts'
import { bindKeys } from './keyboard.ts'
import { MatrixView } from './matrix.ts'
import { overview } from './overview.ts'
import { failuresOnPaper } from './paper.ts'
import { drawForPaper } from './plot.ts'
import { ResultsView } from './results-view.ts'
import { runView } from './run-view.ts'
import { linkTo, onState, state, type State, type View, VIEWS } from './state.ts'
import { restoreTheme, theme, toggleTheme } from './theme.ts'
import { timeline } from './timeline.ts'

const TITLES: Readonly<Record<View, string>> = {
  overview: 'Overview',
  results: 'Results',
  matrix: 'Matrix',
  charts: 'Charts',
  timeline: 'Timeline',
  run: 'Run',
}

restoreTheme()
const results = new ResultsView()
const matrix = new MatrixView()
/** A view is made when it is first looked at. */
const makers: Readonly<Record<View, () => HTMLElement>> = {
  overview,
  results: () => results.element,
  matrix: () => matrix.element,
  charts,
  timeline,
  run: runView,
}
const panes = VIEWS.map((view) => {
  const pane = h('div', { class: 'view', id: `view-${view}`, hidden: true })
  return { view, pane }
})
const links = VIEWS.map((view) => {
  const link = h('a', { href: linkTo({ view }) }, TITLES[view])
  return { view, link }
})
const themeButton = h('button', { type: 'button', class: 'quiet', onclick: () => switchTheme() })

build()
show(state())
performance.mark('shown')
onState(show)
bindKeys(results, nameTheme)

function build(): void {
  const app = document.getElementById('app')
  if (app === null) return
  const nav = h(
    'nav',
    { 'aria-label': 'Views' },
    h('ul', null, ...links.map(({ link }) => h('li', null, link))),
    h(
      'div',
      { class: 'tools' },
      themeButton,
      h(
        'button',
        { type: 'button', class: 'quiet', 'aria-label': 'Keys', onclick: toggleHelp },
        '?',
      ),
    ),
  )
  const main = h('main', { id: 'main', tabindex: '-1' }, ...panes.map(({ pane }) => pane))
  fill(app, nav, main)
  nameTheme()
  window.addEventListener('beforeprint', layOut)
}

function show(now: State): void {
  document.body.dataset['view'] = now.view
  for (const { view, pane } of panes) {
    pane.hidden = view !== now.view
    if (view === now.view) furnish(view, pane)
  }
  for (const { view, link } of links) {
    if (view === now.view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (now.view === 'results') results.show(now)
  if (now.view === 'matrix') matrix.show(now)
}

function furnish(view: View, pane: HTMLElement): void {
  if (pane.firstChild === null) {
    pane.append(h('h2', { class: 'view-title' }, TITLES[view]), makers[view]())
  }
}

/** On paper everything but the list of results is there, and of that what went wrong. */
function layOut(): void {
  for (const { view, pane } of panes) if (view !== 'results') furnish(view, pane)
  matrix.show(state())
  drawForPaper()
  document.getElementById('paper')?.remove()
  document.getElementById('view-overview')?.append(failuresOnPaper())
}

function switchTheme(): void {
  toggleTheme()
  nameTheme()
}

function nameTheme(): void {
  const now = theme()
  themeButton.textContent = now === 'auto' ? '◐' : now === 'dark' ? '☾' : '☀'
  themeButton.setAttribute('aria-label', `Light or dark, now ${now}`)
  themeButton.title = `Light or dark (t), now ${now}`
}
