import type { ScenarioResult } from '../events/index.ts'
import type { DashboardModel, NotableResult } from './model.ts'

const SLOWEST = 5
const FAILURES = 50
/** Seconds; what takes less is not slow. */
const LEAST_SLOW = 0.1
/** A reason is one line; this much of it can be shown. */
const LONGEST_REASON = 500

/** Keeps a result for the summary when it is slow or bad. */
export function noteResult(model: DashboardModel, result: ScenarioResult, loadout: string): void {
  const { status, duration } = result
  const isBad = status === 'FAILED' || status === 'MISSING' || status === 'INTERRUPTED'
  if (isBad && model.failures.length < FAILURES) model.failures.push(notable(result, loadout))
  if (duration === null || duration < LEAST_SLOW || status === 'SKIPPED') return
  const last = model.slowest.at(-1)?.duration ?? 0
  if (model.slowest.length === SLOWEST && duration <= last) return
  model.slowest.push(notable(result, loadout))
  model.slowest.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0))
  model.slowest.length = Math.min(model.slowest.length, SLOWEST)
}

function notable(result: ScenarioResult, loadout: string): NotableResult {
  const { name, status, duration, errors, logs } = result
  const reason = (errors[0]?.message ?? '').slice(0, LONGEST_REASON)
  const range = logs.find(({ from, to }) => to > from)
  const log = range ? { file: range.file, from: range.from, to: range.to } : null
  return { name, loadout, status, duration, reason, log }
}
