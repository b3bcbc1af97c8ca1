import type { ScenarioResult } from '../events/index.ts'
import type { DashboardModel } from './model.ts'

const SLOWEST = 5
/** Seconds; what takes less is not slow. */
const LEAST_SLOW = 0.1

/** Keeps a result for the summary when it is among the slowest. */
export function noteResult(model: DashboardModel, result: ScenarioResult, loadout: string): void {
  const { name, status, duration } = result
  if (duration === null || duration < LEAST_SLOW || status === 'SKIPPED') return
  const last = model.slowest.at(-1)?.duration ?? 0
  if (model.slowest.length === SLOWEST && duration <= last) return
  model.slowest.push({ name, loadout, duration })
  model.slowest.sort((a, b) => b.duration - a.duration)
  model.slowest.length = Math.min(model.slowest.length, SLOWEST)
}
