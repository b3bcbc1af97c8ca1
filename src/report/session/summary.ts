import { access } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { lifeOfRun, mayLive } from '../../session/lock/life.ts'
import { readState } from '../../session/projections/state-file.ts'
import { DOMAINS, domainFileName } from './domains.ts'
import { lastEvent } from './last-event.ts'
import { readSession } from './read-session.ts'
import { readSystemInfo } from './system-info.ts'
import type { SessionSummary } from './types.ts'

/**
 * What a list says of a session: by `state.json` and the head of `system_info.yaml` alone, which takes about a
 * millisecond; for a run that died also by the last line of its journal; where there is no state, by all that is there.
 *
 * @throws JarvisError USAGE for a session that a newer version of jarvis wrote
 */
export async function readSummary(directory: string): Promise<SessionSummary> {
  const state = await readState(directory)
  if (state === null) return fromAll(directory)
  const { host } = await readSystemInfo(directory, undefined, { headOnly: true })
  const { started_at: startedAt, updated_at } = state
  const isGoing = state.status === 'running' && mayLive(lifeOfRun(directory, state))
  // The end of a dead run may have been recorded days later.
  const isLate = state.status === 'died'
  const end = isLate ? await lastEvent(directory) : null
  const seconds = (Date.parse(updated_at) - Date.parse(startedAt)) / 1_000
  const span = isLate || !Number.isFinite(seconds) ? null : Math.max(0, seconds)
  return {
    directory,
    name: basename(directory),
    status: state.status === 'running' && !isGoing ? 'died' : state.status,
    result: state.result,
    kind: state.kind,
    plan: { name: state.plan.name, file: state.plan.file },
    startedAt,
    duration: end?.type === 'run_ended' ? end.duration : span,
    total: state.totals.total,
    counts: state.totals.counts,
    host,
  }
}

async function fromAll(directory: string): Promise<SessionSummary> {
  const report = await readSession(directory)
  const { name, status, result, kind, plan, startedAt, duration, total, counts, host } = report
  const shown = plan === null ? null : { name: plan.name, file: plan.file }
  const run = { status, result, kind, plan: shown, startedAt, duration }
  return { directory: report.directory, name, ...run, total, counts, host }
}

/** The files of which at least one makes a directory a session. */
const SIGNS = ['events.jsonl', 'state.json', 'system_info.yaml', ...DOMAINS.map(domainFileName)]

/** Whether a directory holds anything of a session. */
export async function isSession(directory: string): Promise<boolean> {
  const found = SIGNS.map((name) => access(join(directory, name)))
  return Promise.any(found).then(
    () => true,
    () => false,
  )
}
