import { readSession } from './read-session.ts'
import type { SessionSummary } from './types.ts'

/**
 * What a list says of a session: the same as everything else says, from all that is there.
 *
 * @throws JarvisError USAGE for a session that a newer version of jarvis wrote
 */
export async function readSummary(directory: string): Promise<SessionSummary> {
  const report = await readSession(directory)
  const { name, judgement, elsewhere, result, kind, shard, merged, plan, startedAt, duration } =
    report
  const { total, counts, host } = report
  const shown = plan === null ? null : { name: plan.name, file: plan.file }
  const { imported } = report
  const told = { judgement, elsewhere, result, kind, shard, merged, plan: shown }
  const run = { ...told, imported, startedAt, duration }
  return { directory: report.directory, name, ...run, total, counts, host }
}
