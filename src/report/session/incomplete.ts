import type { SessionReport } from './types.ts'

/** What is known of how far a run came. */
export interface Progress {
  status: SessionReport['status']
  result: SessionReport['result']
  /** What was being done when the run ended, as `state.json` words it. */
  action: string
  /** Names of the scenarios that were running then. */
  running: readonly string[]
  /** Why it was cancelled. */
  cancelled: string | null
  lastSeen: string | null
  total: number | null
  done: number
}

const MOST_NAMES = 3
/** Of a time as files have it: what follows are fractions and the offset. */
const LENGTH_TO_SECONDS = 19
const PHRASES: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/^Scenario (.+)$/s, (name) => `after the scenario ${name}`],
  [/^Starting (.+)$/s, (name) => `while ${name} was starting`],
  [/^Loading Model: (.+)$/s, (name) => `while ${name} was loading`],
  [/^Warming up: (.+)$/s, (name) => `while ${name} was warming up`],
  [/^Ready: (.+)$/s, (name) => `when ${name} was ready`],
  [/^Failed: (.+)$/s, (name) => `after ${name} had failed`],
  [/^Switching to Domain: (.+)$/s, (name) => `at the begin of the domain ${name}`],
]

/** The sentence of a run that is not whole; null for one that is, or of which only results are known. */
export function incompleteSentence(progress: Progress): string | null {
  const { status, result, total, done } = progress
  if (status === 'unknown') return null
  const missing = total === null ? 0 : Math.max(0, total - done)
  const rest = missing > 0 ? `: ${missing} of ${total} results are missing` : ''
  if (status === 'died') {
    const seen = progress.lastSeen?.slice(0, LENGTH_TO_SECONDS).replace('T', ' ')
    const time = seen === undefined ? '' : `, last heard of at ${seen}`
    return `The run died ${momentOf(progress)}${time}${rest}.`
  }
  if (status === 'running') return `The run still goes on${rest}.`
  if (progress.cancelled !== null || result === 'INTERRUPTED') {
    const reason = progress.cancelled === null ? '' : ` (${progress.cancelled})`
    return `The run was cancelled${reason}${rest}.`
  }
  return missing > 0 ? `Not all that was expected was run${rest}.` : null
}

function momentOf({ action, running }: Progress): string {
  if (running.length > 0) {
    const more = running.length > MOST_NAMES ? ` and ${running.length - MOST_NAMES} more` : ''
    const names = running.slice(0, MOST_NAMES).join(', ') + more
    return `during the scenario${running.length > 1 ? 's' : ''} ${names}`
  }
  for (const [pattern, phrase] of PHRASES) {
    const [, name] = pattern.exec(action) ?? []
    if (name !== undefined) return phrase(name)
  }
  return 'while it was starting'
}
