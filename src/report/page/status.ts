import { h } from './dom.ts'
import type { ScenarioStatus } from './data.ts'

/** A sign for each status, so that colour is not all that tells them apart. */
export const SIGNS: Readonly<Record<ScenarioStatus, string>> = {
  PASSED: '✓',
  FAILED: '✗',
  MISSING: '?',
  INTERRUPTED: '!',
  SKIPPED: '–',
}

/** The status as a sign with its word. */
export function statusMark(status: ScenarioStatus, { word = true } = {}): HTMLElement {
  const mark = h('span', { class: `mark ${status.toLowerCase()}` }, SIGNS[status])
  if (!word) mark.setAttribute('title', status)
  mark.setAttribute('aria-hidden', 'true')
  const label = h('span', { class: word ? 'word' : 'unseen' }, status.toLowerCase())
  return h('span', { class: 'status' }, mark, label)
}
