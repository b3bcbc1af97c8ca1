import { JarvisError, messageOf } from '../errors.ts'
import {
  type Counts,
  isMerged,
  type MergedOf,
  type RunStatus,
  type SessionJudgement,
  shardText,
} from '../events/index.ts'
import { openSession } from '../session/index.ts'
import { standingAttempts } from './attempts.ts'
import {
  beganAt,
  endedAfter,
  machineOf,
  mergedOf,
  planOf,
  statusOf,
  totalsOf,
  troublesOf,
  withUnplanned,
} from './facts.ts'
import { type FoundParts, findParts } from './find-parts.ts'
import { type GatesJudged, judgeMerged } from './gates.ts'
import { hostLabels } from './hosts.ts'
import type { PartSession } from './part-session.ts'
import { type PartSource, readSource } from './part-source.ts'
import { beginPlace, giveUpPlace, type MergingPlace, putInPlace } from './place.ts'
import { dividedLoadouts, planOrder } from './plan-order.ts'
import { PartRecorder } from './record-parts.ts'

/** What a merge is asked for. */
export interface MergeOptions {
  /** Absolute: sessions, or folders of them. */
  places: readonly string[]
  /** Which of several runs of a folder; null: the newest. */
  run: string | null
  /** Absolute path of the folder that the session is put into. */
  logs: string
  /** Absolute path of the project. */
  root: string
  env: NodeJS.ProcessEnv
  /** Makes the reports of a session that is whole and not at its place yet; null: none are wanted. */
  makeReports: ((directory: string) => Promise<readonly string[]>) | null
  onProgress: (sentence: string) => void
}

/** What was made of the parts. */
export interface MergedSession {
  /** Absolute. */
  directory: string
  merged: MergedOf
  judgement: SessionJudgement
  counts: Counts
  gates: GatesJudged
  /** How the whole ended. */
  status: RunStatus
  /** What was not as it should be with a part, a sentence each. */
  troubles: readonly string[]
}

/**
 * Makes one session of the sessions of the parts of a divided plan. It is built beside the sessions and moved to its place
 * when it is whole; the parts are only read.
 *
 * @throws JarvisError USAGE where the parts cannot be put together, SESSION_UNWRITABLE where the session cannot be written
 */
export async function mergeParts(options: MergeOptions): Promise<MergedSession> {
  const { places, run, logs, onProgress } = options
  const found = await findParts(places, { run })
  const divided = dividedLoadouts(found.sessions)
  const { read, unread } = await readSources(found, divided, onProgress)
  if (read.length === 0) {
    throw new JarvisError('USAGE', `No part can be read. ${unread.join('. ')}.`)
  }
  const { sources, leftOut } = standingAttempts(read)
  const origin = Math.min(...sources.map(beganAt))
  const place = await beginPlace(logs, found, origin)
  try {
    const troubles = [...found.troubles, ...unread, ...leftOut]
    const made = await make({ options, found, divided, sources, origin, place, troubles })
    const wrong = (await options.makeReports?.(made.directory)) ?? []
    const directory = await putInPlace(logs, place)
    return { ...made, directory, troubles: [...made.troubles, ...wrong] }
  } catch (error) {
    giveUpPlace(place)
    throw error
  }
}

async function readSources(
  { sessions }: FoundParts,
  divided: ReadonlySet<string>,
  onProgress: (sentence: string) => void,
): Promise<{ read: PartSource[]; unread: string[] }> {
  const read: PartSource[] = []
  const unread: string[] = []
  for (const part of sessions) {
    onProgress(`Reading ${part.name} …`)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one journal at a time is in memory
      read.push(await readSource(part, (key) => divided.has(key)))
    } catch (error) {
      unread.push(`${named(part)} cannot be read: ${messageOf(error)}`)
    }
  }
  return { read, unread }
}

interface Making {
  options: MergeOptions
  found: FoundParts
  divided: ReadonlySet<string>
  sources: readonly PartSource[]
  origin: number
  place: MergingPlace
  troubles: readonly string[]
}

async function make(making: Making): Promise<MergedSession> {
  const { options, found, divided, sources, origin, place, troubles } = making
  const labels = hostLabels(sources)
  const merged = mergedOf(found, sources, labels)
  const plan = planOf(sources)
  const order = withUnplanned(planOrder(sources), sources)
  let at = 0
  const session = await openSession({
    logs: place.folder,
    root: options.root,
    kind: 'plan',
    plan,
    redactLogs: sources.some(({ begin }) => begin.plan.redact_logs === true),
    loadouts: order.map(({ domain, loadout, models }) => ({ domain, loadout, models })),
    command: sources[0]!.begin.command,
    now: () => new Date(origin + at),
    steady: () => at,
    merged: { of: merged, name: place.name, ...machineOf(sources, labels) },
  })
  try {
    const wrong = [...troubles, ...troublesOf(merged, sources)]
    for (const message of wrong) session.record({ type: 'note', level: 'WARN', message })
    const { onProgress, logs, root, env } = options
    const recorder = new PartRecorder({ session, sources, labels, origin, onProgress })
    const { counts, rows } = await recorder.record(order, divided)
    at = Math.max(...sources.map((source) => endedAfter(source, origin)))
    session.record(totalsOf(order, sources, rows, merged))
    onProgress('Judging the gates …')
    const stated = { content: plan.text === '' ? null : plan.text, file: plan.file }
    const isComplete = isMerged(merged)
    const gates = await judgeMerged({ session, plan: stated, isComplete, logs, root, env })
    const status = statusOf(sources, merged, counts, gates)
    const { judgement, faults } = await session.close({ status })
    const { directory } = session
    return { directory, merged, judgement, counts, gates, status, troubles: [...wrong, ...faults] }
  } finally {
    session.release()
  }
}

function named({ name, shard }: PartSession): string {
  return `${name} (${shardText(shard)})`
}
