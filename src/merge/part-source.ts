import type { EventOf, JournalEntry, RunFold, ScenarioResult } from '../events/index.ts'
import type { HostIdentity } from '../host/host-identity.ts'
import { loadoutKey } from '../events/index.ts'
import { readScanned } from '../report/session/read-session.ts'
import type { SessionReport } from '../report/session/types.ts'
import { PartIndex } from './part-index.ts'
import type { PartSession } from './part-session.ts'

/** A stretch of a session on one host: a part that was sent again may have gone on elsewhere. */
export interface Leg {
  /** Among those of all sessions of the merge, from 1. */
  place: number
  /** Number of its first event. */
  seq: number
  host: HostIdentity | null
  results: number
  gpus: readonly string[] | null
  /** Seconds that its host's clock is ahead of that of the shared disk; null where nobody has told. */
  clockAhead: number | null
}

/** What of a session stays in memory while it is merged; its events stay where they are. */
export interface PartSource extends PartSession {
  /** Of its first leg. */
  place: number
  /** In order; at least one. */
  legs: readonly Leg[]
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
  >
  end: Pick<EventOf<'run_ended'>, 'status' | 'counts'> | null
  /** Results that are expected of each loadout; null where that is not known. */
  expected: ReadonlyMap<string, number | null>
  /** Results that no journal holds, or that ran when the run died. */
  others: readonly ScenarioResult[]
  /** Whether any of its results is one that a scenario came to. */
  hasFinal: boolean
  index: PartIndex
  /** Of its first leg. */
  clockAhead: number
}

/**
 * Reads a session of a part once: how it is judged, what it tells of its machine, and where its events stand. Its places
 * count from 1.
 *
 * @throws JarvisError USAGE where a newer version of jarvis wrote it
 */
export async function readSource(
  part: PartSession,
  isDivided: (key: string) => boolean,
): Promise<PartSource> {
  const index = new PartIndex(isDivided)
  const others: ScenarioResult[] = []
  const legs: Leg[] = [newLeg(1, part.begin.host, 1)]
  let hasFinal = false
  const { session, scan } = await readScanned(part.directory, undefined, {
    isGoneThroughAgain: false,
    onLine(entry, stands, line) {
      takeIntoLegs(legs, entry, stands)
      if (stands) hasFinal ||= entry.type === 'scenario_ended' && isFinal(entry.result)
      if (stands) index.take(entry, line)
      else index.skip()
    },
    onOther: (result) => others.push(result),
  })
  const { judgement, startedAt, endedAt, duration, plan, host, git } = session
  const { runtime, engines, scenarioTexts } = session
  const machine = { host, git, runtime, engines, scenarioTexts }
  const { run } = scan
  return {
    ...part,
    place: 1,
    legs: legs.map((leg) => ({ ...leg, gpus: leg.gpus ?? ofFirst(leg, legs, host) })),
    report: { judgement, startedAt, endedAt, duration, plan, ...machine },
    end: run.end && { status: run.end.status, counts: run.end.counts },
    expected: expectedOf(run),
    others,
    hasFinal: hasFinal || others.some(isFinal),
    index,
    clockAhead: legs[0]!.clockAhead ?? 0,
  }
}

function newLeg(place: number, host: HostIdentity | undefined, seq: number): Leg {
  return { place, seq, host: host ?? null, results: 0, gpus: null, clockAhead: null }
}

function isFinal({ status }: ScenarioResult): boolean {
  return status !== 'INTERRUPTED'
}

function takeIntoLegs(legs: Leg[], entry: JournalEntry, stands: boolean): void {
  const last = legs.at(-1)!
  if (entry.type === 'run_resumed' && entry.host && entry.host.id !== last.host?.id) {
    legs.push(newLeg(last.place + 1, entry.host, entry.seq))
  }
  if (entry.type === 'machine_known') last.clockAhead ??= entry.clock_ahead
  // By model and number: another part may have had the next one of its host.
  if (entry.type === 'machine_known' && entry.gpus !== null) {
    last.gpus = entry.gpus.map(({ index, model }) => `${model} #${index}`)
  }
  if (entry.type === 'scenario_ended' && stands) last.results += 1
}

/** What `system_info.yaml` tells is of the host that began. */
function ofFirst(leg: Leg, legs: readonly Leg[], host: SessionReport['host']): string[] | null {
  return leg === legs[0] ? (host?.gpus.map(({ model }) => model) ?? null) : null
}

/** The leg that an event of a session is of. */
export function legOf({ legs }: Pick<PartSource, 'legs'>, seq: number): Leg {
  return legs.findLast((leg) => leg.seq <= seq) ?? legs[0]!
}

function expectedOf({ loadouts }: RunFold): Map<string, number | null> {
  return new Map(loadouts.map((one) => [loadoutKey(one), one.expected]))
}
