import { loadoutKey } from '../loadout-key.ts'
import { AgainRows } from './again-rows.ts'
import { resumeLoadout } from './loadout-fold.ts'
import type { RunFold, Timed } from './run-fold.ts'

/**
 * A run goes on: what ended the part before is history, and who runs it now is another process. What that part had up is
 * gone with it.
 */
export function foldResumed(run: RunFold, entry: Timed<'run_resumed'>): void {
  const { begin, resumed, end, inner } = run
  const startedAt = resumed?.time ?? begin?.time ?? run.firstAt
  const heardAt = run.lastSign?.time ?? null
  run.earlier.push({ startedAt, endedAt: end?.recorded_by === 'run' ? end.time : heardAt, end })
  run.resumed = entry
  const { pid, process_start, host, command } = entry
  if (begin !== null) run.begin = { ...begin, pid, process_start, host, command }
  run.end = null
  run.cancelled = null
  run.broken = []
  run.gates.length = 0
  run.running.clear()
  Object.assign(inner, { up: null, interrupted: [], ended: [], endedBefore: [] })
  inner.again = new AgainRows(entry.again)
  const again = new Set(entry.loadouts.map((each) => loadoutKey(each)))
  for (const view of run.loadouts) {
    const comesAgain = again.has(loadoutKey(view))
    resumeLoadout(view, comesAgain)
    if (comesAgain && view.startedAt !== null) inner.toBegin.add(view)
  }
  for (const service of run.services) service.state = 'exited'
}
