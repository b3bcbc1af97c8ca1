import type { JournalScan } from '../../session/projections/journal-scan.ts'
import { lifeOfRun, mayLive } from '../../session/lock/life.ts'
import type { SessionState } from '../../session/projections/state.ts'
import type { SessionReport } from './types.ts'

/** Whether a run still goes on, ended or died, by its journal and, where that has no end, its `state.json`. */
export function lifeOf(
  directory: string,
  scan: JournalScan,
  stated: SessionState | null,
): SessionReport['status'] {
  if (scan.ended) return scan.state.status
  if (stated !== null && stated.status !== 'running') return stated.status
  const state = hasBegin(scan) ? scan.state : stated
  if (state === null) return scan.from === null ? 'unknown' : 'died'
  return mayLive(lifeOfRun(directory, state)) ? 'running' : 'died'
}

/** Whether the run died and nobody has recorded that yet, so that nothing tells how its last scenarios ended. */
export function isUncompleted(
  life: SessionReport['status'],
  scan: JournalScan,
  stated: SessionState | null,
): boolean {
  return life === 'died' && !scan.ended && (stated === null || stated.status === 'running')
}

/** What the run was, and how it ended: each by the journal where it tells, else by `state.json`. */
export function statesOf(
  scan: JournalScan,
  stated: SessionState | null,
): { begin: SessionState; end: SessionState } {
  if (stated === null) return { begin: scan.state, end: scan.state }
  const isOlder = scan.from !== null && stated.status === 'running'
  return {
    begin: hasBegin(scan) ? scan.state : stated,
    end: scan.ended || isOlder ? scan.state : stated,
  }
}

function hasBegin({ state }: JournalScan): boolean {
  return state.started_at !== ''
}
