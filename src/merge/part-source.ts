import type { EventOf, RunFold, ScenarioResult } from '../events/index.ts'
import { loadoutKey } from '../events/index.ts'
import { readScanned } from '../report/session/read-session.ts'
import type { SessionReport } from '../report/session/types.ts'
import { PartIndex } from './part-index.ts'
import type { PartSession } from './part-session.ts'

/** What of a session stays in memory while it is merged; its events stay where they are. */
export interface PartSource extends PartSession {
  /** Among the sessions of the merge, from 1. */
  place: number
  report: Pick<
    SessionReport,
    | 'judgement'
    | 'startedAt'
    | 'endedAt'
    | 'duration'
    | 'plan'
    | 'host'
    | 'git'
    | 'runtime'
    | 'engines'
    | 'scenarioTexts'
    | 'counts'
  >
  end: Pick<EventOf<'run_ended'>, 'status'> | null
  /** Results that are expected of each loadout; null where that is not known. */
  expected: ReadonlyMap<string, number | null>
  /** Results that no journal holds, or that ran when the run died. */
  others: readonly ScenarioResult[]
  index: PartIndex
  /** Seconds that its host's clock is ahead of that of the shared disk. */
  clockAhead: number
  /** The GPUs that it had; null: not known. */
  gpus: readonly string[] | null
}

/**
 * Reads a session of a part once: how it is judged, what it tells of its machine, and where its events stand.
 *
 * @throws JarvisError USAGE where a newer version of jarvis wrote it
 */
export async function readSource(
  part: PartSession,
  place: number,
  isDivided: (key: string) => boolean,
): Promise<PartSource> {
  const index = new PartIndex(isDivided)
  const others: ScenarioResult[] = []
  const { session, scan } = await readScanned(part.directory, undefined, {
    isGoneThroughAgain: false,
    onLine(entry, stands, line) {
      if (stands) index.take(entry, line)
      else index.skip()
    },
    onOther: (result) => others.push(result),
  })
  const { judgement, startedAt, endedAt, duration, plan, host, git } = session
  const { runtime, engines, scenarioTexts, counts } = session
  const machine = { host, git, runtime, engines, scenarioTexts }
  const { run } = scan
  return {
    ...part,
    place,
    report: { judgement, startedAt, endedAt, duration, plan, ...machine, counts },
    end: run.end && { status: run.end.status },
    expected: expectedOf(run),
    others,
    index,
    clockAhead: run.machine?.clock_ahead ?? 0,
    gpus: gpusOf(run) ?? host?.gpus.map(({ model }) => model) ?? null,
  }
}

/** Those that the run used, by model and number: another part may have had the next one of its host. */
function gpusOf({ machine }: RunFold): string[] | null {
  return machine?.gpus?.map(({ index, model }) => `${model} #${index}`) ?? null
}

function expectedOf({ loadouts }: RunFold): Map<string, number | null> {
  return new Map(loadouts.map((one) => [loadoutKey(one), one.expected]))
}
