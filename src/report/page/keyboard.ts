import { toggleHelp } from './help.ts'
import type { ResultsView } from './results-view.ts'
import { change, state, VIEWS } from './state.ts'
import { toggleTheme } from './theme.ts'

const TEN = 10
const EVERYTHING = Number.MAX_SAFE_INTEGER

/** Binds the keys of the page. */
export function bindKeys(results: ResultsView, onTheme: () => void): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const target = event.target as Element
    // Of one that is closed the focus may still be a moment on its way back.
    if (target.closest('dialog[open]') !== null) {
      if (event.key === '?') toggleHelp()
      return
    }
    if (target.closest('input, select, textarea, audio') !== null) {
      if (event.key === 'Escape') leave(target, results)
      if (event.key === 'Enter' && target.matches('input')) leave(target, results)
      return
    }
    const isDone = everywhere(event.key, results, onTheme) || amongResults(event, results)
    if (isDone) event.preventDefault()
  })
}

function leave(target: Element, results: ResultsView): void {
  ;(target as HTMLElement).blur()
  if (state().view === 'results') results.focusTable()
}

function everywhere(key: string, results: ResultsView, onTheme: () => void): boolean {
  const view = VIEWS[Number(key) - 1]
  if (view !== undefined) change({ view }, { step: true })
  else if (key === '?') toggleHelp()
  else if (key === 't') {
    toggleTheme()
    onTheme()
  } else if (key === '/') {
    if (state().view !== 'results') change({ view: 'results' }, { step: true })
    results.focusSearch()
  } else if (key === 'f') toggleFailed()
  else return false
  return true
}

function amongResults(event: KeyboardEvent, results: ResultsView): boolean {
  if (state().view !== 'results') return false
  const { key } = event
  const target = event.target as Element
  if (key === 'Escape' && state().result !== '') {
    change({ result: '' }, { step: true })
    results.focusTable()
    return true
  }
  if (key === 'j' || key === 'k') {
    results.move(key === 'j' ? 1 : -1)
    return true
  }
  // Within the open result the arrows scroll it, and on a button Enter presses it.
  if (target.closest('.panel, button, a, summary') !== null) return false
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: TEN,
    PageUp: -TEN,
    Home: -EVERYTHING,
    End: EVERYTHING,
  }
  const step = steps[key]
  if (step !== undefined) results.move(step)
  else if (key === 'Enter') results.openChosen()
  else return false
  return true
}

function toggleFailed(): void {
  const { status } = state()
  const only = status.length === 1 && status[0] === 'FAILED'
  change({ view: 'results', status: only ? [] : ['FAILED'] })
}
