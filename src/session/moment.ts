import type { Action } from '../events/index.ts'

const MOST_NAMES = 3

const PHRASES: Record<Action['kind'], (name: string) => string> = {
  beginning: () => 'while it was starting',
  domain: (name) => `at the begin of the domain ${name}`,
  starting: (name) => `while ${name} was starting`,
  loading: (name) => `while ${name} was loading`,
  warming: (name) => `while ${name} was warming up`,
  ready: (name) => `when ${name} was ready`,
  failed: (name) => `after ${name} had failed`,
  restarted: (name) => `after ${name} was started again`,
  stopping: (name) => `while ${name} was stopped`,
  stopped: (name) => `after ${name} was stopped`,
  file: (name) => `while ${name} was loading`,
  scenario: (name) => `after the scenario ${name}`,
  ran: (name) => `after the scenario ${name}`,
  cancelled: () => 'while it was cancelled',
}

/** What was going on when a run died: the scenarios that ran, else what was done last. */
export function actionMoment({ kind, name }: Action, running: readonly string[]): string {
  if (running.length === 0) return PHRASES[kind](name)
  const more = running.length > MOST_NAMES ? ` and ${running.length - MOST_NAMES} more` : ''
  const names = running.slice(0, MOST_NAMES).join(', ') + more
  return `during the scenario${running.length > 1 ? 's' : ''} ${names}`
}
